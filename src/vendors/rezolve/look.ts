import type { Look } from "../../core/absence.ts";
import type { SharedWork } from "../../http/shared-work.ts";
import { type Called, isNotFound } from "../call.ts";
import { failedLook } from "../reading.ts";
import type { RezolveApi } from "./api.ts";
import type { WirePage } from "./wire.ts";

/** What was learned about one tenant through one connection. */
type Glance = { ok: true; ids: ReadonlySet<string>; complete: boolean } | { ok: false; look: Look };

/**
 * Second looks after an answer that says a client is not there. The tenant is looked at once per connection and
 * remembered for the run: a destroy of many vanished clients costs one look, not one each.
 */
export class SecondLooks {
  readonly #glances = new Map<string, SharedWork<Glance>>();
  /** Ids that this process has made: an earlier glance says nothing about them. */
  readonly madeHere = new Set<string>();

  /** @param tenant what tells this connection, tenant and realm from others */
  async look(api: RezolveApi, tenant: string, id: string): Promise<Look> {
    const glance = await this.#glance(api, tenant);
    if (!glance.ok) return glance.look;
    // Ids are never given twice, so a client that an earlier, complete listing did not have is not there now.
    if (glance.complete && !glance.ids.has(id) && !this.madeHere.has(id)) return { found: "absent" };
    return lookAtClient(await api.get(id));
  }

  #glance(api: RezolveApi, tenant: string): Promise<Glance> {
    const known = this.#glances.get(tenant);
    if (known !== undefined) return api.join(known);
    const forget = () => this.#glances.delete(tenant);
    const asked = api.shared(async (shared) => {
      const page = await shared.list().catch((error: unknown) => {
        forget();
        throw error;
      });
      const glance = glanceOf(page);
      // What may pass is not remembered.
      if (!glance.ok && glance.look.found === "nothing") forget();
      return glance;
    });
    this.#glances.set(tenant, asked);
    return api.join(asked);
  }
}

function glanceOf(page: Called<WirePage>): Glance {
  if (page.ok) {
    const { entries, count, hasMore } = page.value;
    const living = entries.flatMap(({ client }) => (client === null || client.status === "deleted" ? [] : [client.id]));
    // An entry without an id may be any client.
    const isWhole = entries.every(({ client }) => client !== null) && (count === null || count <= entries.length);
    return { ok: true, ids: new Set(living), complete: isWhole && !hasMore };
  }
  return { ok: false, look: failedLook(page.answer) };
}

function lookAtClient(called: Called<{ status?: string | null | undefined }>): Look {
  if (called.ok) {
    const status = called.value.status ?? null;
    return status === "deleted" ? { found: "absent" } : { found: "alive", status };
  }
  const { answer } = called;
  // The tenant answered a moment ago, so this is about the client.
  if (isNotFound(answer)) return { found: "absent" };
  return failedLook(answer);
}
