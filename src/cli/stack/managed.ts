import { OAuthClientsError } from "../../core/errors.ts";
import { say } from "../../core/text.ts";
import { isClaim } from "../../lifecycle/claim.ts";
import { text } from "../../lifecycle/properties.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { stackOf } from "../output/words.ts";
import { stackExport } from "./pulumi.ts";
import { documentIn, hasClient, kindOf, readStackDocument, type StackDocument, type StackResource } from "./state.ts";

/** Which stack manages a client. */
export interface Manager {
  urn: string;
  /** As `project/stack`. */
  stack: string;
  vendor: string;
  id: string;
}

/** Which clients stacks manage, as far as their exports say it. */
export class Managed {
  readonly #managers = new Map<string, Manager>();
  /** Names of clients that stacks hold claims on, by vendor: of a creation whose answer was lost nothing else is known. */
  readonly #claimed = new Map<string, Set<string>>();
  /** Whether anybody said which stacks there are. */
  readonly isAsked: boolean;

  private constructor(isAsked: boolean) {
    this.isAsked = isAsked;
  }

  /**
   * @param files stack exports
   * @param own the stack whose settings are used: its export is fetched
   * @throws {OAuthClientsError} `configuration-invalid` for what is no stack export
   */
  static async by(files: readonly string[], own: { stack?: string; cwd?: string }): Promise<Managed> {
    const managed = new Managed(files.length > 0 || own.stack !== undefined);
    for (const file of files) managed.#add(await readStackDocument(file), file);
    if (own.stack !== undefined) {
      const exported = await stackExport({ stack: own.stack, cwd: own.cwd }, { showSecrets: false });
      managed.#add(documentIn(exported, `The export of ${own.stack}`), own.stack);
    }
    return managed;
  }

  /** The stack that has this client; null where none of them has it. */
  of(vendor: Vendor, id: string): Manager | null {
    return this.#managers.get(keyOf(vendor, id)) ?? null;
  }

  /** The clients of a vendor that any of the stacks has. */
  idsOf({ name }: Vendor): string[] {
    return [...this.#managers.values()].filter(({ vendor }) => vendor === name).map(({ id }) => id);
  }

  /** Names of a vendor's clients that any of the stacks may have made, and will settle itself. */
  claimedNames({ name }: Vendor): string[] {
    return [...(this.#claimed.get(name) ?? [])];
  }

  #add(document: StackDocument, from: string): void {
    if (document.is !== "export") {
      throw new OAuthClientsError(
        "configuration-invalid",
        say`${from} is a preview, not a stack export.`,
        say`Give it what \`pulumi stack export\` prints.`,
      );
    }
    for (const resource of document.resources) {
      const kind = kindOf(resource);
      if (kind?.role === "client" && resource.id !== null && isClaim(resource.id)) this.#claim(kind.vendor, resource);
      if (kind?.role !== "client" || !hasClient(resource) || resource.external === true || resource.id === null)
        continue;
      const { stack, project } = stackOf(resource.urn);
      this.#managers.set(keyOf(kind.vendor, resource.id), {
        urn: resource.urn,
        stack: `${project}/${stack}`,
        vendor: kind.vendor.name,
        id: resource.id,
      });
    }
  }

  #claim({ name: vendor }: Vendor, { outputs, inputs }: StackResource): void {
    const name = text(outputs.name) ?? text(inputs.name);
    if (name === null) return;
    const names = this.#claimed.get(vendor) ?? new Set();
    this.#claimed.set(vendor, names.add(name));
  }
}

/** No vendor gives an id twice. */
function keyOf(vendor: Vendor, id: string): string {
  return JSON.stringify([vendor.name, id]);
}
