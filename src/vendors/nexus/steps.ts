import { whereabouts } from "../../core/subject.ts";
import { identifier, say } from "../../core/text.ts";
import { orThrow } from "../../lifecycle/call.ts";
import { type Created, clientIn } from "../../lifecycle/driver.ts";
import { updateFailure } from "../../lifecycle/failures.ts";
import { keeping, type Recorded } from "../../lifecycle/lifecycle.ts";
import { text } from "../../lifecycle/properties.ts";
import { listedSecret } from "../../lifecycle/secret.ts";
import { nameOf } from "../../lifecycle/words.ts";
import type { Kept } from "./state.ts";
import { listOf, type WireClient } from "./wire.ts";

/** Looks for a secret that the answer did not say, and names the other owners: a create can name only one. */
export async function afterCreation(created: Created<WireClient, Kept>): Promise<Recorded> {
  const { driver, done, kept, inputs, place, clients, subject, operation } = created;
  const { id } = done;
  const owners = listOf(inputs.owners);
  const withOneOwner = owners.length < 2 ? done : { id, outputs: { ...done.outputs, owners: owners.slice(0, 1) } };
  return keeping(withOneOwner, operation, async () => {
    const clientSecret = kept.clientSecret ?? (await secretInList());
    operation.keepSecret(clientSecret);
    if (owners.length > 1) {
      const updating = place.subject("update", "change", nameOf(inputs.name, id));
      orThrow(await clients.patch({ id, name: text(inputs.name) }, { owners }), (failed) =>
        updateFailure(driver, failed, updating, ["owners"]),
      );
    }
    return { id, outputs: { ...done.outputs, clientSecret } };
  });

  async function secretInList(): Promise<string | null> {
    const found = await clients.find(id, true);
    const client = found.ok ? clientIn(found.value) : null;
    const seen = client === null ? null : listedSecret(client.secret, null).secret;
    if (seen === null) {
      operation.log(
        "warning",
        say`${whereabouts(subject)} was created (${identifier(id)}), but neither the response nor the list says its secret, so clientSecret is null.`,
      );
    }
    return seen;
  }
}
