import * as pulumi from "@pulumi/pulumi";
import { rezolve } from "pulumi-oauth-clients";

// Clients whose names begin so, and that nobody has used for as many days. A dry run, until
// `pulumi config set dryRun false`; the preview of that warns that it deletes.
const config = new pulumi.Config();
const namePrefix = config.get("namePrefix") ?? "pr-";
const unusedForDays = config.getNumber("unusedForDays") ?? 14;
const dryRun = config.getBoolean("dryRun") ?? true;

/** All of that name, used or not: a look-up, which sees them in previews too. */
export const candidates = rezolve
  .getOAuthClientsOutput({ namePrefix })
  .apply((found) => found.map(({ name, lastUsedAt }) => ({ name, lastUsedAt })));

const purge = new rezolve.OAuthClientPurge("leftovers", {
  select: { namePrefix, unusedForDays },
  exclude: { names: [`${namePrefix}base`] },
  limit: 50,
  dryRun,
});

export const { totals, results } = purge;
