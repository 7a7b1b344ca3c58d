import type { Connections } from "../connections/connections.ts";
import { TimeLimit } from "../connections/time-limit.ts";
import { OAuthClientsError } from "../core/errors.ts";
import type { Redactor, SafeText } from "../core/redaction.ts";
import { type Revocation, safeRevocation } from "../core/revocation.ts";
import { type Message, say } from "../core/text.ts";
import type { Operation, Recorded } from "../lifecycle/lifecycle.ts";
import type { Properties } from "../lifecycle/properties.ts";
import { vendors } from "../vendors/registry.ts";
import type { Vendor } from "../vendors/vendor.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Ledger, Writer } from "./ledger.ts";
import type { Owners } from "./owners.ts";

/** What a process has that works on clients, whatever started it. */
export interface Workplace {
  env: Readonly<Record<string, string | undefined>>;
  connections: Connections;
  redactor: Redactor;
  ledger: Ledger;
  owners: Owners;
  interrupt: Interrupt;
  console: Console;
}

/** Where people read what happens. Neither ever fails. */
export interface Console {
  /** @param urn of the resource that it is about; null where it is about none, or about no resource alone */
  log(severity: "info" | "warning", message: SafeText, urn: string | null): Promise<void>;
  /** Shows how far a long work is, in place of what it said before, where somebody looks on. */
  progress(message: SafeText, urn: string | null): Promise<void>;
}

/** What an operation is about. */
export interface Task {
  vendor: Vendor;
  /** The resource kind, as receipts have it. */
  kind: string;
  /** The resource's; null where there is none, or nobody says. */
  urn: string | null;
  /** What is done, as "the …" goes on in a message. */
  action: string;
  /** Whether the resource leaves the state when it succeeds, so that the emergency switch counts. */
  forgets?: boolean;
  /** So long it may take, in milliseconds; left out where the connection says it. */
  limitMs?: number;
  /** Where the client lives that the resource replaces. */
  replacedPlace?: Properties;
  /** A client as the state is to hold it. */
  stored?(recorded: Recorded): Recorded;
}

/**
 * Runs operations: what is the same for each of them, whoever asks for it. An operation has a time limit, its requests
 * end with it, an interrupt waits for it, and it has not ended before its log lines are out.
 */
export class Operations {
  readonly #at: Workplace;
  /** Evidence on its way from a deleted resource to the one that replaces it, by URN. */
  readonly #handovers = new Map<string, Revocation>();
  /** What was explained once and for all. */
  readonly #explained = new Set<string>();

  constructor(workplace: Workplace) {
    this.#at = workplace;
  }

  async run<Result>(task: Task, work: (operation: Operation) => Promise<Result>): Promise<Result> {
    const { interrupt } = this.#at;
    const limit = new TimeLimit(interrupt.signal);
    // An interrupt waits for the operation itself, also when its time is up: what it deletes late still gets a receipt.
    const running = interrupt.during(async () => {
      const logged: Promise<void>[] = [];
      try {
        return await work(this.#operation(task, limit, logged));
      } finally {
        await Promise.all(logged);
      }
    });
    return limit.race(running);
  }

  #operation(task: Task, limit: TimeLimit, logged: Promise<void>[]): Operation {
    const { env, connections, console, interrupt, ledger, owners, redactor } = this.#at;
    const { vendor, kind, urn, action, forgets = false, replacedPlace = {}, stored = (recorded) => recorded } = task;
    const log = (severity: "info" | "warning", message: Message) => {
      logged.push(console.log(severity, redactor.show(message), urn));
    };
    const explain = (message: Message) => {
      const text = redactor.show(message);
      if (this.#explained.has(text)) return;
      this.#explained.add(text);
      // It is about no resource alone.
      logged.push(console.log("warning", text, null));
    };
    const writer: Writer = { kind, urn, log, explain };
    const isOn = (name: "OAUTH_CLIENTS_ABANDON" | "OAUTH_CLIENTS_FORCE", connection: string) => {
      const odd = unmeantIn(env[name], vendors);
      if (odd !== null)
        explain(
          say`${name} has a part that names no vendor: ${odd}. It takes ${vendor.name}, or ${vendor.name}:<connection>.`,
        );
      return isMeant(env[name], vendor.name, connection);
    };
    return {
      connect: (name) => {
        this.#assertGoing();
        const connection = connections.get(vendor, name);
        limit.start(task.limitMs ?? connection.operationLimitMs, action);
        // Its requests end with this operation.
        return { ...connection, http: connection.http.within(limit) };
      },
      exists: (recorded) => limit.exists(stored(recorded)),
      isStopping: () => interrupt.signal.aborted,
      part: async (work) => {
        const own = new TimeLimit(interrupt.signal);
        return own.race(work(this.#operation(task, own, logged)));
      },
      log,
      shown: (message) => redactor.show(message),
      progress: (message) => void console.progress(redactor.show(message), urn),
      evidence: (evidence) => interrupt.writing(() => ledger.deleted(writer, evidence)),
      earlier: (client) => ledger.earlier(writer, client),
      leftUnconfirmed: () => ledger.leftUnconfirmed(writer),
      unconfirmed: (known) => interrupt.writing(() => ledger.unconfirmed(writer, known)),
      ifCutOff: (act) => interrupt.whenOverdue(act),
      explain,
      replacedPlace,
      owners: owners.seenBy(urn),
      keepSecret: (secret) => redactor.add(secret),
      handover: {
        leave: (revocation) => {
          if (urn === null || revocation === null) return;
          // It may come out of a state that an older version wrote.
          this.#handovers.set(urn, safeRevocation(revocation, redactor));
        },
        take: () => {
          if (urn === null) return null;
          const revocation = this.#handovers.get(urn) ?? null;
          this.#handovers.delete(urn);
          return revocation;
        },
      },
      // Only what leaves the state may be forgotten; an update or a creation would record a lie.
      mayAbandon: (connection) => forgets && isOn("OAUTH_CLIENTS_ABANDON", connection),
      mayForce: (connection) => isOn("OAUTH_CLIENTS_FORCE", connection),
    };
  }

  #assertGoing(): void {
    if (!this.#at.interrupt.signal.aborted) return;
    throw new OAuthClientsError(
      "interrupted",
      say`Interrupted before it started.`,
      say`Run the command again to finish.`,
    );
  }
}

/** Whether a switch means a connection: `OAUTH_CLIENTS_ABANDON=<vendor>[:<connection>]`, several separated by commas. */
export function isMeant(setting: string | undefined, vendor: string, connection: string): boolean {
  return partsOf(setting).some((part) => part === vendor || part === `${vendor}:${connection}`);
}

/** The first part of a switch that names no vendor at all, such as `true`; null where every part does. */
export function unmeantIn(setting: string | undefined, known: readonly Pick<Vendor, "name">[]): string | null {
  return partsOf(setting).find((part) => !known.some(({ name }) => part.split(":")[0] === name)) ?? null;
}

function partsOf(setting: string | undefined): string[] {
  return (setting ?? "").split(",").flatMap((part) => part.trim() || []);
}
