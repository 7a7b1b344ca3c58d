import { Connections } from "../connections/connections.ts";
import type { SettingSources } from "../connections/settings.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { Redactor } from "../core/redaction.ts";
import { say } from "../core/text.ts";
import type { Difference, Lifecycle, Operation, Outputs, Read, Recorded } from "../lifecycle/lifecycle.ts";
import type { Properties } from "../lifecycle/properties.ts";
import { vendors } from "../vendors/registry.ts";
import { lifecyclesOf, type Vendor } from "../vendors/vendor.ts";
import { Adoptions } from "./adoptions.ts";
import type { Interrupt } from "./interrupt.ts";
import { Ledger, receiptFiles } from "./ledger.ts";
import { type Console, Operations, type Task } from "./operations.ts";
import { Owners } from "./owners.ts";
import { type Failure, readable, withCode } from "./readable.ts";
import { Replacements, type Resource } from "./replacements.ts";
import { plain, recordable } from "./storable.ts";

/** What the resources use of the process that they are managed in. */
export interface ResourcesProcess {
  console: Console;
  interrupt: Interrupt;
  /** The address of the engine, the same for all providers of a run; null where it is not known. */
  engineAddress: string | null;
  /** Where settings come from. */
  sources: SettingSources;
  /** How long a vendor may be at work on a lost request, in milliseconds; for tests. */
  settlesMs?: number | undefined;
}

/** Inputs as the engine is to have them, and what is wrong with them: a line each, the last one with the code. */
export interface CheckedInputs {
  inputs: Record<string, unknown>;
  problems: string[];
}

interface Kind {
  vendor: Vendor;
  lifecycle: Lifecycle;
}

/** Where clients live, by the keys of every vendor's place. */
const PLACES = vendors.flatMap(({ place }) => place.map(({ key }) => key));

/** Properties that say which client it is, and where. */
const SAYS_WHICH: ReadonlySet<string> = new Set([
  ...["id", "name", "clientId", "targetId", "targetIds", "connection", "baseUrl"],
  ...PLACES,
]);

/** The one action that takes a resource out of the state. */
const DELETION = "deletion";

/**
 * The resources of this package, whatever kind of provider Pulumi asks: finds the life cycle of a resource, knows what the
 * resources of a run have to do with each other, and keeps what Pulumi must not see away from it. An adapter has only to
 * say which resource each request is about.
 */
export class Resources {
  readonly #redactor = new Redactor();
  readonly #operations: Operations;
  readonly #owners: Owners;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #replacements = new Replacements(PLACES);

  constructor({ console, interrupt, engineAddress, sources, settlesMs }: ResourcesProcess) {
    this.#owners = new Owners(new Adoptions(engineAddress));
    this.#operations = new Operations({
      env: sources.env,
      connections: new Connections(sources, this.#redactor, interrupt.signal, settlesMs),
      redactor: this.#redactor,
      ledger: new Ledger(this.#redactor, () => receiptFiles(sources)),
      owners: this.#owners,
      interrupt,
      console,
    });
    this.#kinds = new Map(
      vendors.flatMap((vendor) =>
        lifecyclesOf(vendor).map((lifecycle): [string, Kind] => [lifecycle.kind, { vendor, lifecycle }]),
      ),
    );
  }

  /** The kinds of resources, for example `rezolve:OAuthClient`. */
  get kinds(): string[] {
    return [...this.#kinds.keys()];
  }

  /** What a resource has besides its inputs. */
  outputs(resource: Resource): Outputs {
    return this.#kindOf(resource).lifecycle.outputs;
  }

  /** Whether a replacement deletes the old one first, unless the program says otherwise. */
  deletesFirst(resource: Resource): boolean {
    return this.#kindOf(resource).lifecycle.deletesFirst;
  }

  /**
   * Properties that no message may show, besides the secrets of connections and clients. What says which client it is, and
   * where, stays: evidence without that is none.
   *
   * @param texts in the properties, by their names
   */
  keepSecrets(texts: ReadonlyMap<string, readonly string[]>): void {
    for (const [name, all] of texts) {
      if (!SAYS_WHICH.has(name)) for (const text of all) this.#redactor.add(text);
    }
  }

  /**
   * What the program says of a resource, with the connection's defaults.
   *
   * @param olds the inputs of last time, empty for a new resource
   * @throws {Failure}
   */
  check(resource: Resource, olds: Properties, news: Properties): Promise<CheckedInputs> {
    return this.#run("check", resource, news, async (lifecycle, operation) => {
      this.#owners.checked(resource.urn, Object.keys(olds).length === 0);
      const { inputs, problems } = await lifecycle.check(olds, news, operation);
      const checked = plain(inputs);
      // Of what is refused the engine deletes and creates nothing.
      if (problems.length === 0) this.#replacements.checked(resource, olds, news, checked);
      const last = problems.length - 1;
      const reasons = problems.map((problem) => this.#redactor.show(problem));
      return {
        inputs: checked,
        problems: reasons.map((one, at) => (at === last ? withCode(one, "configuration-invalid") : one)),
      };
    });
  }

  /**
   * What a change of inputs takes. Warns at the resource.
   *
   * @throws {Failure}
   */
  diff(resource: Resource, id: string, olds: Properties, news: Properties): Promise<Difference> {
    this.#keepSecret(olds);
    return this.#run("diff", resource, news, async (lifecycle, operation) => {
      const difference = lifecycle.diff(id, olds, news, operation);
      this.#replacements.met(resource, news);
      for (const warning of difference.warnings) operation.log("warning", warning);
      if (difference.explanation !== undefined) operation.explain(difference.explanation);
      return difference;
    });
  }

  /** @throws {Failure} */
  create(resource: Resource, inputs: Properties): Promise<Recorded> {
    return this.#run("creation", resource, inputs, async (lifecycle, operation) => {
      this.#replacements.created(resource, inputs);
      return recordable(await lifecycle.create(inputs, operation));
    });
  }

  /**
   * @returns null where it is gone for certain
   * @throws {Failure}
   */
  read(resource: Resource, id: string, state: Properties): Promise<Read | null> {
    this.#keepSecret(state);
    return this.#run("read", resource, state, async (lifecycle, operation) => {
      const read = await lifecycle.read(id, state, operation);
      if (read === null) return null;
      return read.inputs === undefined ? recordable(read) : { ...recordable(read), inputs: plain(read.inputs) };
    });
  }

  /**
   * An existing client that the program is to manage.
   *
   * @param where where it is, as far as the connection's defaults are not meant
   * @throws {Failure}
   */
  import(resource: Resource, id: string, where: Properties): Promise<Read> {
    return this.#run("import", resource, where, async (lifecycle, operation) => {
      if (lifecycle.import === undefined) {
        throw new OAuthClientsError(
          "engine-contract",
          say`Creating a ${resource.kind} deletes: there is nothing to import.`,
        );
      }
      const read = await lifecycle.import(id, where, operation);
      return { ...recordable(read), inputs: plain(read.inputs ?? {}) };
    });
  }

  /** @throws {Failure} */
  update(resource: Resource, id: string, olds: Properties, news: Properties): Promise<Recorded> {
    this.#keepSecret(olds);
    return this.#run("update", resource, news, async (lifecycle, operation) =>
      recordable(await lifecycle.update(id, olds, news, operation)),
    );
  }

  /** @throws {Failure} */
  delete(resource: Resource, id: string, state: Properties): Promise<void> {
    this.#keepSecret(state);
    return this.#run(DELETION, resource, state, async (lifecycle, operation) => {
      this.#replacements.assertStays(resource, state);
      this.#replacements.met(resource, state);
      await lifecycle.delete(id, state, operation);
    });
  }

  /** Whatever is thrown, as people may read it. */
  failure(thrown: unknown): Failure {
    return readable(thrown, this.#redactor);
  }

  /** Each command is a process of its own: what the state holds as a secret is one here too. */
  #keepSecret({ clientSecret }: Properties): void {
    if (typeof clientSecret === "string") this.#redactor.add(clientSecret);
  }

  /** Everything that is the same for every request: the life cycle, the operation, readable errors. */
  async #run<Result>(
    action: string,
    resource: Resource,
    properties: Properties,
    work: (lifecycle: Lifecycle, operation: Operation) => Promise<Result>,
  ): Promise<Result> {
    try {
      const { vendor, lifecycle } = this.#kindOf(resource);
      const task: Task = {
        vendor,
        ...resource,
        action,
        forgets: action === DELETION,
        replacedPlace: this.#replacements.placeOf(resource, properties),
      };
      return await this.#operations.run(task, (operation) => work(lifecycle, operation));
    } catch (error) {
      throw this.failure(error);
    }
  }

  #kindOf({ kind }: Resource): Kind {
    const found = this.#kinds.get(kind);
    if (found !== undefined) return found;
    throw new OAuthClientsError(
      "engine-contract",
      say`This version of pulumi-oauth-clients does not know the resource kind "${kind}"; it knows ${this.kinds.join(", ")}.`,
      say`Install the version of pulumi-oauth-clients that wrote this state, or a newer one.`,
    );
  }
}
