import { nexus, rezolve } from "pulumi-oauth-clients";
import { BOT, program as before } from "./0.1.0.ts";
import type { Places } from "./made.ts";

/** The program of the next release: with what a state can hold since the last one, it grows. */
export function program(places: Places, step: 1 | 2): void {
  before(places, step);
  new rezolve.OAuthClient("guarded", { ...BOT, name: "Guarded", deletion: { onlyIf: { maxActiveTokens: 3 } } });
  new rezolve.OAuthClient("taken-over", { ...BOT, name: "Taken over", adopt: { id: places.ids.takenOver } });
  rezolve.OAuthClient.get("looked-up", places.ids.lookedUp);
  new rezolve.OAuthClientPurge("purge", { targetIds: ["client-550e8400-e29b-41d4-a716-446655440002"] });
  new rezolve.OAuthClientPurge("sweep", { select: { namePrefix: "pr-", unusedForDays: 14 }, dryRun: true });
  new nexus.Client("mobile-app", { name: "Mobile app", appType: "native", mobile: { ios: { teamId: "TEAM" } } });
  new nexus.Client("taken-over-app", { name: "Taken over", appType: "spa", adopt: { id: places.ids.takenOverApp } });
  new nexus.ClientPurge("app-purge", { targetIds: ["fedcba9876543210fedcba9876543210"] });
  // The second step loses the answers to what it creates.
  if (step === 1) return;
  new rezolve.OAuthClient("claim", { ...BOT, name: "Claim" });
  new nexus.Client("app-claim", { name: "App claim", appType: "spa" });
}
