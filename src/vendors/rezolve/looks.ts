import type { Look } from "../../core/absence.ts";
import type { SharedWork } from "../../http/shared-work.ts";
import { type Called, isNotFound } from "../../lifecycle/call.ts";
import { failedLook } from "../../lifecycle/failures.ts";
import { doubtAbout, type Walked } from "../../lifecycle/walk.ts";
import type { RezolveApi } from "./api.ts";
import type { WireClient } from "./wire.ts";

/** What was learned about one tenant through one connection. */
type Glance = { ok: true; living: ReadonlySet<string>; isWhole: boolean } | { ok: false; look: Look };

/**
 * Second looks after an answer that says a client is not there. The tenant's list is read once per connection, to its
 * end, and remembered for the run: a destroy of many vanished clients costs one list, not one look each.
 */
export class SecondLooks {
  readonly #glances = new Map<string, SharedWork<Glance>>();
  /** Ids that this process has made: an earlier glance says nothing about them. */
  readonly madeHere = new Set<string>();

  /** @param tenant what tells this connection, tenant and realm from others */
  async look(api: RezolveApi, tenant: string, id: string): Promise<Look> {
    const glance = await this.#glance(api, tenant);
    if (!glance.ok) return glance.look;
    // Ids are never given twice, so a client that an earlier, whole list did not have is not there now.
    if (glance.isWhole && !glance.living.has(id) && !this.madeHere.has(id)) return { found: "absent" };
    return lookAtClient(await api.get(id));
  }

  #glance(api: RezolveApi, tenant: string): Promise<Glance> {
    const known = this.#glances.get(tenant);
    if (known !== undefined) return api.http.join(known);
    const forget = () => this.#glances.delete(tenant);
    const asked = api.http.shared(async (http) => {
      const listed = await api
        .over(http)
        .listAll()
        .catch((error: unknown) => {
          forget();
          throw error;
        });
      const glance = glanceOf(listed);
      // What may pass is not remembered.
      if (!glance.ok && glance.look.found === "nothing") forget();
      return glance;
    });
    this.#glances.set(tenant, asked);
    return api.http.join(asked);
  }
}

function glanceOf(listed: Called<Walked<WireClient>>): Glance {
  if (!listed.ok) return { ok: false, look: failedLook(listed) };
  const living = [...listed.value.clients.values()].filter(({ status }) => status !== "deleted");
  // An entry without an id may be any client.
  return { ok: true, living: new Set(living.map(({ id }) => id)), isWhole: doubtAbout(listed.value, null) === null };
}

function lookAtClient(called: Called<{ status?: string | null | undefined }>): Look {
  if (called.ok) {
    const status = called.value.status ?? null;
    return status === "deleted" ? { found: "absent" } : { found: "alive", status };
  }
  // The tenant answered a moment ago, so this is about the client.
  if (isNotFound(called.answer)) return { found: "absent" };
  return failedLook(called);
}
