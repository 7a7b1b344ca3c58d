import { OAuthClientsError } from "../../core/errors.ts";
import { identifier, type Message, say } from "../../core/text.ts";
import { isClaim } from "../../lifecycle/claim.ts";
import { text } from "../../lifecycle/properties.ts";
import { nameOf } from "../../lifecycle/words.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { stackOf } from "../output/words.ts";
import { isHidden, revealed } from "./hidden.ts";
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

/** What a stack holds of a creation whose answer was lost. Whether there is a client, and which, nobody knows yet. */
export interface Claim {
  urn: string;
  vendor: string;
  /** Of the client that it may have made; null where the export does not show it. */
  name: string | null;
}

/** Which clients stacks manage, as far as their exports say it. */
export class Managed {
  readonly #managers = new Map<string, Manager>();
  /** By their own ids: another export of the same stack may show a name that the first one does not. */
  readonly #claims = new Map<string, Claim>();
  /** Of all resources, by their types. */
  readonly #names = new Map<string, string[]>();
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

  /** What the stacks' resources of a type are called: none of them can be imported once more. */
  namesOf(type: string): string[] {
    return this.#names.get(type) ?? [];
  }

  /** What any of the stacks may have made of a vendor's clients, and will settle itself. */
  claimsOf({ name }: Vendor): Claim[] {
    return [...this.#claims.values()].filter(({ vendor }) => vendor === name);
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
      const { type, urn } = resource;
      const names = this.#names.get(type) ?? [];
      names.push(urn.split("::").slice(3).join("::"));
      this.#names.set(type, names);
      const kind = kindOf(resource);
      if (kind?.role !== "client" || resource.id === null) continue;
      if (isClaim(resource.id)) this.#claim(kind.vendor, resource.id, resource);
      if (!hasClient(resource) || resource.external === true) continue;
      const { stack, project } = stackOf(resource.urn);
      this.#managers.set(keyOf(kind.vendor, resource.id), {
        urn: resource.urn,
        stack: `${project}/${stack}`,
        vendor: kind.vendor.name,
        id: resource.id,
      });
    }
  }

  #claim({ name: vendor }: Vendor, id: string, { urn, outputs, inputs }: StackResource): void {
    const shown = [outputs.name, inputs.name].map(revealed).filter((one) => !isHidden(one));
    const [name = this.#claims.get(id)?.name ?? null] = shown.flatMap((one) => text(one) ?? []);
    this.#claims.set(id, { urn, vendor, name });
  }
}

/** For what is only shown, and for what takes a client over: nobody knows yet whether this one is the stack's. */
export function notSettled({ urn, name }: Claim): Message {
  return say`${identifier(urn)} may have made ${name === null ? say`an OAuth client` : nameOf(name, null)} that is missing from its stack: the answer to the creation was lost. \`pulumi up\` or \`pulumi refresh\` settles it.`;
}

/** No vendor gives an id twice. */
function keyOf(vendor: Vendor, id: string): string {
  return JSON.stringify([vendor.name, id]);
}
