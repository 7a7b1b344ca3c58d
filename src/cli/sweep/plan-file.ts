import { readFile } from "node:fs/promises";
import { z } from "zod";
import { OAuthClientsError } from "../../core/errors.ts";
import { parsedJson } from "../../core/json.ts";
import { say } from "../../core/text.ts";
import { jsonOf } from "../output/print.ts";
import { Exact, withoutSecrets } from "../redactor.ts";
import { secretIn } from "../secrets/in-what-is-acted-on.ts";

const texts = z.array(z.string()).readonly().optional();

/** What `sweep --plan` writes and `sweep --apply` reads. */
const planSchema = z.strictObject({
  /** Version of this format. */
  sweep: z.literal(1),
  /** Tells this plan from any other of the same file name. */
  planId: z.uuid(),
  /** ISO 8601. */
  plannedAt: z.iso.datetime(),
  vendor: z.string(),
  connection: z.string(),
  /** Of the vendor's API: what is said elsewhere proves nothing about these clients. */
  baseUrl: z.string(),
  /** Where the clients live, by the names of inputs. */
  place: z.record(z.string(), z.string()),
  selection: z.strictObject({
    namePrefix: z.string().optional(),
    createdBefore: z.string().optional(),
    unusedForDays: z.number().optional(),
    status: z.string().optional(),
  }),
  exclusion: z.strictObject({ ids: texts, names: texts, namePrefixes: texts, nameParts: texts }),
  limit: z.number().int().positive(),
  /** Whether clients that stacks manage were left out: then they are when it is carried out, too. */
  besideStacks: z.boolean(),
  clients: z
    .array(
      z.strictObject({
        id: z.string(),
        name: z.string().nullable(),
        status: z.string().nullable(),
        createdAt: z.string().nullable(),
        lastUsedAt: z.string().nullable(),
        everUsed: z.boolean().nullable(),
      }),
    )
    .refine((clients) => new Set(clients.map(({ id }) => id)).size === clients.length, "names a client twice"),
});

/** Which clients a sweep is to delete, and the facts that put each of them there. */
export type SweepPlan = z.infer<typeof planSchema>;

/**
 * A plan as its file has it. A name is for people, and may lack a secret that stands in it; whatever else lacks one means
 * something else.
 *
 * @throws {OAuthClientsError} `configuration-invalid` for a plan that cannot be written without a secret
 */
export function planText(plan: SweepPlan): string {
  const named = (nameOf: (name: string | null) => unknown) => ({
    ...plan,
    clients: plan.clients.map((client) => ({ ...client, name: nameOf(client.name) })),
  });
  const secret = secretIn(named(() => null));
  // What somebody calls secret and is no secret of ours, such as the tenant, stands in it: only so is it carried out there.
  if (secret === null) return jsonOf(new Exact(named(withoutSecrets)));
  throw new OAuthClientsError(
    "configuration-invalid",
    say`The plan cannot be written: ${secret.place} of it has ${secret.what} in it, and without it would mean something else.`,
    say`Nothing was deleted. Change it at the vendor, or give criteria that leave it out.`,
  );
}

/** @throws {OAuthClientsError} `configuration-invalid` for what is no plan */
export async function readPlan(file: string): Promise<SweepPlan> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new OAuthClientsError(
      "configuration-invalid",
      say`The plan ${file} cannot be read: ${error.code ?? error.message}.`,
    );
  });
  const plan = planSchema.safeParse(parsedJson(text));
  if (plan.success) return plan.data;
  const [issue] = plan.error.issues;
  throw new OAuthClientsError(
    "configuration-invalid",
    say`${file} is no plan of a sweep${issue === undefined ? say`` : say`: ${issue.path.join(".") || "it"} ${issue.message}`}.`,
    say`\`oauth-clients sweep --plan ${file}\` writes one.`,
  );
}
