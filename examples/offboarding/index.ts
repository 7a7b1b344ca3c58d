import * as pulumi from "@pulumi/pulumi";
import { nexus, rezolve } from "pulumi-oauth-clients";

// The vendors' ids of the clients to delete: `pulumi config set --path 'rezolveClients[0]' client-…`.
// `pulumi preview` warns for each that creating its resource deletes it.
const config = new pulumi.Config();
const rezolveClients = config.getObject<string[]>("rezolveClients") ?? [];
const nexusClients = config.getObject<string[]>("nexusClients") ?? [];

const gone = [
  ...rezolveClients.map((targetId) => new rezolve.OAuthClientDeletion(`rezolve-${targetId}`, { targetId })),
  ...nexusClients.map((targetId) => new nexus.ClientDeletion(`nexus-${targetId}`, { targetId })),
];

export const outcomes = pulumi
  .all(gone.map(({ targetId, outcome }) => ({ targetId, outcome })))
  .apply((all) => Object.fromEntries(all.map(({ targetId, outcome }) => [targetId, outcome])));

/** What is known. A vendor that reports no count is counted beside it instead of as 0; where none did, the sum is null. */
export const totals = pulumi.all(gone.map(({ tokensRevoked }) => tokensRevoked)).apply((counts) => ({
  deletions: counts.length,
  tokensRevoked: counts.reduce((sum, count) => (count === null ? sum : (sum ?? 0) + count), null),
  withoutCount: counts.filter((count) => count === null).length,
}));
