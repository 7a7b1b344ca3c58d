import { onTestFinished } from "vitest";
import { settingNames } from "../../src/connections/settings.ts";
import { NO_SECRETS } from "../../src/core/redaction.ts";
import { type Deed, type Revocation, safeRevocation } from "../../src/core/revocation.ts";
import { say } from "../../src/core/text.ts";
import { HttpClient } from "../../src/http/client.ts";
import { type Credential, fixedToken } from "../../src/http/credential.ts";
import { Hosts } from "../../src/http/throttle.ts";
import type { Connection } from "../../src/lifecycle/connection.ts";
import type { Evidence, Operation } from "../../src/lifecycle/lifecycle.ts";
import { Owners } from "../../src/runtime/owners.ts";

/** A connection that is only talked to where its base URL leads somewhere. */
export function connectionTo(
  baseUrl: string,
  { place = {}, credential }: Partial<Pick<Connection, "place">> & { credential?: Credential } = {},
): Connection {
  const http = new HttpClient({
    baseUrl,
    credential: credential ?? fixedToken("token-1", say`the token from the environment variable REZOLVE_TOKEN`),
    timeoutMs: 20_000,
    retryBudgetMs: 0,
    maxConcurrency: 4,
    hosts: new Hosts(),
    stopping: new AbortController().signal,
  });
  onTestFinished(() => http.close());
  const name = "default";
  const names = (key: string) => settingNames({ name: "rezolve" }, name, key, {});
  return { name, place, settingNames: names, operationLimitMs: 60_000, settlesMs: 0, uniqueNames: false, http };
}

/** An operation that notes what it was told. */
export interface NotedOperation extends Operation {
  logged: string[];
  evidences: Evidence[];
  /** Receipts of DELETEs that nobody has confirmed. */
  open: Deed[];
  /** Does what is to be done where the process is about to be ended. */
  cutOff(): Promise<void>;
}

export function operationWith(connect: (name: string) => Connection, abandon = false): NotedOperation {
  const logged: string[] = [];
  const evidences: Evidence[] = [];
  const open: Deed[] = [];
  let cutOff = async () => {};
  let left: Revocation | null = null;
  const operation: NotedOperation = {
    logged,
    evidences,
    open,
    cutOff: () => cutOff(),
    connect,
    exists: () => {},
    isStopping: () => false,
    part: (work) => work(operation),
    progress: () => {},
    shown: (message) => NO_SECRETS.show(message),
    log: (severity, message) => logged.push(`${severity}: ${message}`),
    explain: (message) => logged.push(`explained: ${message}`),
    evidence: async (evidence) => {
      evidences.push(evidence);
      return safeRevocation(evidence.revocation, NO_SECRETS);
    },
    earlier: async () => null,
    leftUnconfirmed: async () => [],
    unconfirmed: async ({ deed }) => {
      open.push(deed);
    },
    ifCutOff: (act) => {
      cutOff = act;
      return () => {
        cutOff = async () => {};
      };
    },
    owners: new Owners().seenBy(null),
    keepSecret: () => {},
    replacedPlace: {},
    handover: {
      leave: (revocation) => {
        left = revocation;
      },
      take: () => left,
    },
    mayAbandon: () => abandon,
    mayForce: () => false,
  };
  return operation;
}
