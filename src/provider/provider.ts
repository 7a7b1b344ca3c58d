import type { dynamic } from "@pulumi/pulumi";
import { OF_DYNAMIC_STATES, withoutDynamic } from "../core/dynamic-state.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { say } from "../core/text.ts";
import type { Properties } from "../lifecycle/properties.ts";
import type { Interrupt } from "../runtime/interrupt.ts";
import { assertShell } from "../runtime/protocol.ts";
import { Failure } from "../runtime/readable.ts";
import type { Resource } from "../runtime/replacements.ts";
import { Resources } from "../runtime/resources.ts";
import type { Engine } from "./engine.ts";
import { checkFailures, presentable } from "./guard.ts";

/** Names the life cycle: a dynamic provider is not told the type of the resource. */
const KIND = "__kind";

/** What the provider uses of the process it runs in. */
export interface ProviderProcess {
  engine: Engine;
  interrupt: Interrupt;
  /** The address of the engine; left out where it is not known. */
  engineAddress?: string | null;
  env: Readonly<Record<string, string | undefined>>;
  /** How long a vendor may be at work on a lost request, in milliseconds; for tests. */
  settlesMs?: number;
}

/**
 * The dynamic provider behind every resource of this package: an adapter, which says which resource a request is about, and
 * keeps in the state what tells.
 */
export class OAuthClientsProvider implements dynamic.ResourceProvider {
  readonly #engine: Engine;
  readonly #resources: Resources;
  #config: dynamic.Config | null = null;

  constructor({ engine, interrupt, engineAddress = null, env, settlesMs }: ProviderProcess) {
    const sources = { env, config: (key: string) => this.#config?.get(key) };
    this.#engine = engine;
    this.#resources = new Resources({ console: engine, interrupt, engineAddress, sources, settlesMs });
  }

  /** Only keeps the config: the SDK does not wait for this before it runs other calls, and keeps a failure as success. */
  configure(request: dynamic.ConfigureRequest): Promise<void> {
    this.#config = request.config;
    return Promise.resolve();
  }

  check(olds: Properties, news: Properties): Promise<dynamic.CheckResult> {
    return this.#about(news, null, async (resource) => {
      const { inputs, problems } = await this.#resources.check(resource, withoutDynamic(olds), withoutDynamic(news));
      return { inputs: { ...inputs, [KIND]: resource.kind }, failures: checkFailures(problems) };
    });
  }

  diff(id: string, olds: Properties, news: Properties): Promise<dynamic.DiffResult> {
    return this.#about(news, id, async (resource) => {
      assertShell(olds.__provider);
      const { changes, replaces } = await this.#resources.diff(
        resource,
        id,
        withoutDynamic(olds),
        withoutDynamic(news),
      );
      return {
        changes: changes || olds.__provider !== news.__provider,
        replaces,
        deleteBeforeReplace: this.#resources.deletesFirst(resource),
      };
    });
  }

  create(inputs: Properties): Promise<dynamic.CreateResult> {
    return this.#about(inputs, null, async (resource) => {
      const { id, outputs } = await this.#resources.create(resource, withoutDynamic(inputs));
      return { id, outs: { ...outputs, [KIND]: resource.kind } };
    });
  }

  read(id: string, properties: Properties = {}): Promise<dynamic.ReadResult> {
    return this.#about(properties, id, async (resource) => {
      const read = await this.#resources.read(resource, id, withoutDynamic(properties));
      if (read === null) return {};
      const { outputs, inputs } = read;
      return {
        id: read.id,
        props: { ...outputs, [KIND]: resource.kind },
        ...(inputs === undefined ? {} : { inputs: { ...inputs, [KIND]: resource.kind } }),
      };
    });
  }

  update(id: string, olds: Properties, news: Properties): Promise<dynamic.UpdateResult> {
    return this.#about(news, id, async (resource) => {
      const { outputs } = await this.#resources.update(resource, id, withoutDynamic(olds), withoutDynamic(news));
      return { outs: { ...outputs, [KIND]: resource.kind } };
    });
  }

  delete(id: string, properties: Properties): Promise<void> {
    return this.#about(properties, id, (resource) => this.#resources.delete(resource, id, withoutDynamic(properties)));
  }

  /** Which resource a request is about, and its errors as the SDK takes them. */
  async #about<Result>(
    properties: Properties,
    id: string | null,
    request: (resource: Resource) => Promise<Result>,
  ): Promise<Result> {
    // Before anything is awaited: this is about the request that is calling right now.
    const urn = this.#engine.urnOf(properties, id);
    try {
      return await request({ kind: this.#kindIn(properties), urn });
    } catch (error) {
      const failure = error instanceof Failure ? error : this.#resources.failure(error);
      throw presentable(failure, ownIn(properties));
    }
  }

  #kindIn({ [KIND]: kind }: Properties): string {
    if (typeof kind === "string") return kind;
    throw new OAuthClientsError(
      "engine-contract",
      say`This version of pulumi-oauth-clients does not know the resource kind of this state (its __kind is missing); it knows ${this.#resources.kinds.join(", ")}.`,
      say`Install the version of pulumi-oauth-clients that wrote this state, or a newer one.`,
    );
  }
}

function ownIn(properties: Properties): Properties {
  return Object.fromEntries(
    OF_DYNAMIC_STATES.map((key) => [key, properties[key]]).filter(([, value]) => value !== undefined),
  );
}
