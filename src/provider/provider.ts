import type { dynamic } from "@pulumi/pulumi";
import { Connections } from "../connections/connections.ts";
import type { SettingSources } from "../connections/settings.ts";
import { TimeLimit } from "../connections/time-limit.ts";
import { describeError, OAuthClientsError } from "../core/errors.ts";
import { type Receipt, safeReceipt } from "../core/receipt.ts";
import { Redactor, type Safe } from "../core/redaction.ts";
import { type Deed, describeRevocation, type Revocation, safeRevocation } from "../core/revocation.ts";
import { identifier, type Message, say } from "../core/text.ts";
import type { About, Evidence, Lifecycle, Operation, Seen } from "../lifecycle/lifecycle.ts";
import type { Properties } from "../lifecycle/properties.ts";
import { vendors } from "../vendors/registry.ts";
import { lifecyclesOf, type Vendor } from "../vendors/vendor.ts";
import { EarlierReceipts } from "./earlier-receipts.ts";
import type { Engine, Severity } from "./engine.ts";
import { plain, presentable } from "./guard.ts";
import type { Interrupt } from "./interrupt.ts";
import { Owners } from "./owners.ts";
import { appendReceipt } from "./receipts.ts";
import { Replacements } from "./replacements.ts";

/** Properties of ours that every request carries and the vendors know nothing of. */
const OWN_PROPERTIES = ["__provider", "__kind"] as const;

/** Names the life cycle: a dynamic provider is not told the type of the resource. */
const KIND = "__kind";

/** What the provider uses of the process it runs in. */
export interface ProviderProcess {
  engine: Engine;
  interrupt: Interrupt;
  env: Readonly<Record<string, string | undefined>>;
  /** How long a vendor may be at work on a lost request, in milliseconds; for tests. */
  settlesMs?: number;
}

/** The one action that takes a resource out of the state. */
const DELETION = "deletion";

interface Kind {
  vendor: Vendor;
  lifecycle: Lifecycle;
}

/**
 * The dynamic provider behind every resource of this package: finds the life cycle of a resource's kind, and keeps
 * what Pulumi must not see away from it.
 */
export class OAuthClientsProvider implements dynamic.ResourceProvider {
  readonly #process: ProviderProcess;
  readonly #redactor = new Redactor();
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #sources: SettingSources;
  readonly #connections: Connections;
  /** Evidence on its way from a deleted resource to the one that replaces it, by URN. */
  readonly #handovers = new Map<string, Revocation>();
  readonly #replacements = new Replacements(vendors.flatMap(({ place }) => place.map(({ key }) => key)));
  readonly #earlierReceipts = new EarlierReceipts(() => this.#receiptFiles());
  readonly #owners = new Owners();
  /** Receipts files that are on the disk for certain. */
  readonly #keptFiles = new Set<string>();
  /** What was explained once and for all. */
  readonly #explained = new Set<string>();
  #config: dynamic.Config | null = null;

  constructor(process: ProviderProcess) {
    this.#process = process;
    this.#sources = { env: process.env, config: (key) => this.#config?.get(key) };
    this.#connections = new Connections(this.#sources, this.#redactor, process.interrupt.signal, process.settlesMs);
    this.#kinds = new Map(
      vendors.flatMap((vendor) =>
        lifecyclesOf(vendor).map((lifecycle): [string, Kind] => [lifecycle.kind, { vendor, lifecycle }]),
      ),
    );
  }

  /** Only keeps the config: the SDK does not wait for this before it runs other calls, and keeps a failure as success. */
  configure(request: dynamic.ConfigureRequest): Promise<void> {
    this.#config = request.config;
    return Promise.resolve();
  }

  check(olds: Properties, news: Properties): Promise<dynamic.CheckResult> {
    return this.#run("check", news, null, async ({ lifecycle }, operation, urn) => {
      this.#owners.checked(urn, Object.keys(olds).length === 0);
      const { inputs, problems } = await lifecycle.check(withoutOwn(olds), withoutOwn(news), operation);
      const checked = plain({ ...inputs, [KIND]: news[KIND] });
      // Of what is refused the engine deletes and creates nothing.
      if (problems.length === 0) this.#replacements.checked(urn, olds, news, checked);
      return {
        inputs: checked,
        // A failure that names a secret property would print its value in clear.
        failures: problems.map((problem) => ({ property: "", reason: this.#redactor.show(problem) })),
      };
    });
  }

  diff(id: string, olds: Properties, news: Properties): Promise<dynamic.DiffResult> {
    this.#keepSecrets(olds);
    return this.#run("diff", news, id, async ({ lifecycle }, operation, urn) => {
      const difference = lifecycle.diff(id, withoutOwn(olds), withoutOwn(news), operation);
      this.#replacements.met(urn, news);
      for (const warning of difference.warnings) operation.log("warning", warning);
      if (difference.explanation !== undefined) operation.explain(difference.explanation);
      return {
        changes: difference.changes || olds.__provider !== news.__provider,
        replaces: difference.replaces,
        deleteBeforeReplace: difference.replaces.length > 0,
      };
    });
  }

  create(inputs: Properties): Promise<dynamic.CreateResult> {
    return this.#run("creation", inputs, null, async ({ lifecycle }, operation, urn) => {
      this.#replacements.created(urn, inputs);
      const { id, outputs } = await lifecycle.create(withoutOwn(inputs), operation);
      return { id, outs: plain({ ...outputs, [KIND]: inputs[KIND] }) };
    });
  }

  read(id: string, properties: Properties = {}): Promise<dynamic.ReadResult> {
    this.#keepSecrets(properties);
    return this.#run("read", properties, id, async ({ lifecycle }, operation) => {
      const recorded = await lifecycle.read(id, withoutOwn(properties), operation);
      if (recorded === null) return {};
      const { outputs, inputs } = recorded;
      return {
        id: recorded.id,
        props: plain({ ...outputs, [KIND]: properties[KIND] }),
        ...(inputs === undefined ? {} : { inputs: plain({ ...inputs, [KIND]: properties[KIND] }) }),
      };
    });
  }

  update(id: string, olds: Properties, news: Properties): Promise<dynamic.UpdateResult> {
    this.#keepSecrets(olds);
    return this.#run("update", news, id, async ({ lifecycle }, operation) => {
      const { outputs } = await lifecycle.update(id, withoutOwn(olds), withoutOwn(news), operation);
      return { outs: plain({ ...outputs, [KIND]: news[KIND] }) };
    });
  }

  delete(id: string, properties: Properties): Promise<void> {
    this.#keepSecrets(properties);
    return this.#run(DELETION, properties, id, async ({ lifecycle }, operation, urn) => {
      this.#replacements.assertStays(urn, properties);
      this.#replacements.met(urn, properties);
      await lifecycle.delete(id, withoutOwn(properties), operation);
    });
  }

  /** Each command is a process of its own: what the state holds as a secret is one here too. */
  #keepSecrets({ clientSecret }: Properties): void {
    if (typeof clientSecret === "string") this.#redactor.add(clientSecret);
  }

  /** Everything that is the same for every method: the life cycle, the time limit, interrupts, presentable errors. */
  async #run<Result>(
    action: string,
    properties: Properties,
    id: string | null,
    method: (kind: Kind, operation: Operation, urn: string | null) => Promise<Result>,
  ): Promise<Result> {
    // Before anything is awaited: this is about the request that is calling right now.
    const urn = this.#process.engine.urnOf(properties, id);
    const limit = new TimeLimit(this.#process.interrupt.signal);
    const logged: Promise<void>[] = [];
    try {
      // An interrupt waits for the operation itself, also when its time is up: what it deletes late still gets a receipt.
      const running = this.#process.interrupt.during(async () => {
        const kind = this.#kindOf(properties);
        try {
          return await method(kind, this.#operation(kind, properties, urn, action, limit, logged), urn);
        } finally {
          await Promise.all(logged);
        }
      });
      return await limit.race(running);
    } catch (error) {
      throw presentable(error, this.#redactor, pickOwn(properties));
    }
  }

  #operation(
    kind: Kind,
    properties: Properties,
    urn: string | null,
    action: string,
    limit: TimeLimit,
    logged: Promise<void>[],
    replacedPlace = this.#replacements.placeOf(urn, properties),
  ): Operation {
    const log = (severity: Severity, message: Message) => {
      logged.push(this.#process.engine.log(severity, this.#redactor.show(message), urn));
    };
    return {
      connect: (name) => {
        this.#assertGoing();
        const connection = this.#connections.get(kind.vendor, name);
        limit.start(connection.operationLimitMs, action);
        // Its requests end with this operation.
        return { ...connection, http: connection.http.within(limit) };
      },
      exists: (recorded) =>
        limit.exists({ ...recorded, outputs: { ...recorded.outputs, [KIND]: kind.lifecycle.kind } }),
      isStopping: () => this.#process.interrupt.signal.aborted,
      part: async (work) => {
        const own = new TimeLimit(this.#process.interrupt.signal);
        return own.race(work(this.#operation(kind, properties, urn, action, own, logged, replacedPlace)));
      },
      log,
      shown: (message) => this.#redactor.show(message),
      progress: (message) => void this.#process.engine.progress(this.#redactor.show(message), urn),
      evidence: (evidence) =>
        this.#process.interrupt.writing(() => this.#writeDown(kind.lifecycle.kind, evidence, urn, log)),
      earlier: ({ tenantId, id }) =>
        this.#earlierReceipts.of({
          kind: kind.lifecycle.kind,
          tenantId: this.#redactor.identifier(tenantId),
          id: this.#redactor.identifier(id),
        }),
      leftUnconfirmed: async () =>
        urn === null ? [] : this.#earlierReceipts.unconfirmedOf(this.#redactor.identifier(urn)),
      unconfirmed: ({ deed, seen, ...about }) =>
        this.#process.interrupt.writing(() =>
          this.#writeReceipt(this.#receiptOf(kind.lifecycle.kind, urn, { ...about, ...seen }, deed), log),
        ),
      ifCutOff: (act) => this.#process.interrupt.whenOverdue(act),
      explain: (message) => {
        const text = this.#redactor.show(message);
        if (this.#explained.has(text)) return;
        this.#explained.add(text);
        // Under the stack: it is about no resource alone.
        logged.push(this.#process.engine.log("warning", text, null));
      },
      replacedPlace,
      owners: this.#owners.seenBy(urn),
      keepSecret: (secret) => this.#redactor.add(secret),
      handover: {
        leave: (revocation) => {
          if (urn === null || revocation === null) return;
          // It may come out of a state that an older version wrote.
          this.#handovers.set(urn, safeRevocation(revocation, this.#redactor));
        },
        take: () => {
          if (urn === null) return null;
          const revocation = this.#handovers.get(urn) ?? null;
          this.#handovers.delete(urn);
          return revocation;
        },
      },
      // Only a deletion takes the resource out of the state; an update or a creation would record a lie.
      mayAbandon: (connection) =>
        action === DELETION && isMeant(this.#process.env.OAUTH_CLIENTS_ABANDON, kind.vendor.name, connection),
      mayForce: (connection) => isMeant(this.#process.env.OAUTH_CLIENTS_FORCE, kind.vendor.name, connection),
    };
  }

  /** One line for people and one receipt for each configured file. A receipt that cannot be written is no failure. */
  async #writeDown(
    kind: string,
    evidence: Evidence,
    urn: string | null,
    log: (severity: Severity, message: Message) => void,
  ): Promise<Safe<Revocation>> {
    const { client, severity, isQuiet, revocation, seen = { usage: null, forced: false }, ...about } = evidence;
    const found = this.#receiptOf(kind, urn, { ...about, ...seen }, revocation);
    const isGuess = revocation.outcome === "already-gone" || revocation.outcome === "abandoned";
    const earlier = isGuess ? await this.#earlierReceipts.of(found) : null;
    const responseLost = revocation.responseLost || earlier?.outcome === "open";
    const before = earlier?.outcome === "deleted" ? earlier.at : null;
    const line = describeRevocation(client, { ...revocation, responseLost }, before);
    // Where there are no receipts, the line is all that is left of a deletion.
    if (severity === "warning" || isQuiet !== true || this.#receiptFiles().length === 0) log(severity, line);
    await this.#writeReceipt({ ...found, responseLost }, log);
    return safeRevocation({ ...revocation, responseLost }, this.#redactor);
  }

  #receiptOf(kind: string, urn: string | null, about: About & Seen, deed: Deed): Safe<Receipt> {
    const at = new Date().toISOString();
    return safeReceipt({ receipt: 1, at, kind, urn, ...about, ...deed }, this.#redactor);
  }

  async #writeReceipt(receipt: Safe<Receipt>, log: (severity: Severity, message: Message) => void): Promise<void> {
    this.#earlierReceipts.note(receipt);
    for (const file of this.#receiptFiles()) {
      try {
        await appendReceipt(file, receipt, this.#keptFiles);
      } catch (error) {
        log(
          "warning",
          say`THE RECEIPT COULD NOT BE WRITTEN to ${file}: ${describeError(error)}. The client was handled all the same; keep this line instead: ${identifier(JSON.stringify(receipt), 8_000)}`,
        );
      }
    }
  }

  #receiptFiles(): string[] {
    const configured = this.#process.env.OAUTH_CLIENTS_RECEIPTS_FILE || this.#config?.get("oauth-clients:receiptsFile");
    // A second file for the automation API, which must not take the place of the configured one.
    const report = this.#process.env.OAUTH_CLIENTS_REPORT_FILE;
    return [...new Set([configured, report].flatMap((file) => (file ? [file] : [])))];
  }

  #kindOf(properties: Properties): Kind {
    const kind = properties[KIND];
    const found = typeof kind === "string" ? this.#kinds.get(kind) : undefined;
    if (found !== undefined) return found;
    throw new OAuthClientsError(
      "engine-contract",
      say`This version of pulumi-oauth-clients does not know the resource kind ${typeof kind === "string" ? say`"${kind}"` : say`of this state (its __kind is missing)`}; it knows ${[...this.#kinds.keys()].join(", ")}.`,
      say`Install the version of pulumi-oauth-clients that wrote this state, or a newer one.`,
    );
  }

  #assertGoing(): void {
    if (!this.#process.interrupt.signal.aborted) return;
    throw new OAuthClientsError(
      "interrupted",
      say`Interrupted before it started.`,
      say`Run the command again to finish.`,
    );
  }
}

/** Whether a switch means a connection: `OAUTH_CLIENTS_ABANDON=<vendor>[:<connection>]`, several separated by commas. */
export function isMeant(setting: string | undefined, vendor: string, connection: string): boolean {
  return (setting ?? "")
    .split(",")
    .map((part) => part.trim())
    .some((part) => part === vendor || part === `${vendor}:${connection}`);
}

function withoutOwn(properties: Properties): Properties {
  const own = new Set<string>(OWN_PROPERTIES);
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !own.has(key)));
}

function pickOwn(properties: Properties): Properties {
  return Object.fromEntries(
    OWN_PROPERTIES.map((key) => [key, properties[key]]).filter(([, value]) => value !== undefined),
  );
}
