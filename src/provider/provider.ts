import type { dynamic } from "@pulumi/pulumi";
import { Connections } from "../connections/connections.ts";
import type { SettingSources } from "../connections/settings.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { Redactor } from "../core/redaction.ts";
import { say } from "../core/text.ts";
import type { Lifecycle, Operation } from "../lifecycle/lifecycle.ts";
import type { Properties } from "../lifecycle/properties.ts";
import type { Interrupt } from "../runtime/interrupt.ts";
import { Ledger, receiptFiles } from "../runtime/ledger.ts";
import { Operations, type Task } from "../runtime/operations.ts";
import { Owners } from "../runtime/owners.ts";
import { vendors } from "../vendors/registry.ts";
import { lifecyclesOf, type Vendor } from "../vendors/vendor.ts";
import type { Engine } from "./engine.ts";
import { checkFailures, plain, presentable } from "./guard.ts";
import { assertShell } from "./protocol.ts";
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
  readonly #engine: Engine;
  readonly #redactor = new Redactor();
  readonly #operations: Operations;
  readonly #owners = new Owners();
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #replacements = new Replacements(vendors.flatMap(({ place }) => place.map(({ key }) => key)));
  #config: dynamic.Config | null = null;

  constructor({ engine, interrupt, env, settlesMs }: ProviderProcess) {
    const sources: SettingSources = { env, config: (key) => this.#config?.get(key) };
    this.#engine = engine;
    this.#operations = new Operations({
      env,
      connections: new Connections(sources, this.#redactor, interrupt.signal, settlesMs),
      redactor: this.#redactor,
      ledger: new Ledger(this.#redactor, () => receiptFiles(sources)),
      owners: this.#owners,
      interrupt,
      console: engine,
    });
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
        failures: checkFailures(problems, this.#redactor),
      };
    });
  }

  diff(id: string, olds: Properties, news: Properties): Promise<dynamic.DiffResult> {
    this.#keepSecrets(olds);
    return this.#run("diff", news, id, async ({ lifecycle }, operation, urn) => {
      assertShell(olds.__provider);
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

  /** Everything that is the same for every method: the life cycle, the operation, presentable errors. */
  async #run<Result>(
    action: string,
    properties: Properties,
    id: string | null,
    method: (kind: Kind, operation: Operation, urn: string | null) => Promise<Result>,
  ): Promise<Result> {
    // Before anything is awaited: this is about the request that is calling right now.
    const urn = this.#engine.urnOf(properties, id);
    try {
      const kind = this.#kindOf(properties);
      const task: Task = {
        vendor: kind.vendor,
        kind: kind.lifecycle.kind,
        urn,
        action,
        forgets: action === DELETION,
        replacedPlace: this.#replacements.placeOf(urn, properties),
        stored: ({ id, outputs }) => ({ id, outputs: { ...outputs, [KIND]: kind.lifecycle.kind } }),
      };
      return await this.#operations.run(task, (operation) => method(kind, operation, urn));
    } catch (error) {
      throw presentable(error, this.#redactor, pickOwn(properties));
    }
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
