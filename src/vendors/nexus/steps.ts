import { sameValue } from "../../core/diff.ts";
import { whereabouts } from "../../core/subject.ts";
import { identifier, say } from "../../core/text.ts";
import { type Created, clientIn } from "../../lifecycle/driver.ts";
import { keeping, type Recorded } from "../../lifecycle/lifecycle.ts";
import { text } from "../../lifecycle/properties.ts";
import { listedSecret } from "../../lifecycle/secret.ts";
import { patched } from "../../lifecycle/update.ts";
import { nameOf } from "../../lifecycle/words.ts";
import { FIELDS } from "./fields.ts";
import type { Kept } from "./state.ts";
import { areNamedByCreate, listOf, ownersOfCreate, type WireClient } from "./wire.ts";

/**
 * Looks for a secret that the answer did not say, and names the owners by a patch where a create may not have named all of
 * them, or others.
 */
export async function afterCreation(created: Created<WireClient, Kept>): Promise<Recorded> {
  const { done, kept, inputs, place, clients, subject, operation } = created;
  const { id } = done;
  const owners = listOf(inputs.owners);
  const areNamed = areNamedByCreate(owners);
  const soFar = areNamed ? done : { id, outputs: { ...done.outputs, owners: ownersOfCreate(owners) } };
  return keeping(soFar, operation, async () => {
    const clientSecret = kept.clientSecret ?? (await secretInList());
    operation.keepSecret(clientSecret);
    const known = { id, outputs: { ...soFar.outputs, clientSecret } };
    return areNamed ? known : { id, outputs: { ...known.outputs, owners: await nameOwners(known) } };
  });

  /** The owners after it, as far as the vendor says. */
  async function nameOwners(before: Recorded): Promise<string[]> {
    const values = await patched(created, {
      subject: place.subject("update", "change", nameOf(inputs.name, id)),
      id,
      seen: { name: text(inputs.name), baseUrl: subject.baseUrl },
      patch: ["owners"],
      inputs: { owners },
      filledIn: {},
      before,
    });
    const said = values?.owners ?? owners;
    return sameValue(FIELDS.owners.as, said, owners) ? owners : listOf(said);
  }

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
