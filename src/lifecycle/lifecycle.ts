import type { EarlierDeed, Receipt } from "../core/receipt.ts";
import type { Safe, SafeText } from "../core/redaction.ts";
import type { Deed, Revocation } from "../core/revocation.ts";
import type { Message } from "../core/text.ts";
import type { Connection } from "./connection.ts";
import type { Ownership } from "./ownership.ts";
import type { Properties } from "./properties.ts";

/** What a life cycle may use of the world around it: connections, the log, evidence. One per operation. */
export interface Operation {
  /**
   * A connection whose requests end with this operation.
   *
   * @throws {OAuthClientsError} `configuration-invalid`, with every problem of the connection
   */
  connect(connection: string): Connection;
  /** Notes that a client exists for certain: however this operation ends, the state keeps it. */
  exists(recorded: Recorded): void;
  /** Whether the process was told to stop: nothing new is begun. */
  isStopping(): boolean;
  /** Does a part of a long work, as an operation with a time limit of its own. */
  part<Result>(work: (part: Operation) => Promise<Result>): Promise<Result>;
  log(severity: "info" | "warning", message: Message): void;
  /** A sentence as a state may hold it: the vendor's texts may have secrets in them. */
  shown(message: Message): SafeText;
  /** Shows how far a long work is, in place of what it said before, where somebody looks on. */
  progress(message: Message): void;
  /** Warns of what holds for many clients alike: once a run, however often it is said. */
  explain(message: Message): void;
  /**
   * Writes down what a deletion did, for people and as a receipt. Never fails.
   *
   * @returns the revocation as a state may hold it: the vendor's texts may have secrets in them
   */
  evidence(evidence: Evidence): Promise<Safe<Revocation>>;
  /** What this project did to a client before, as far as receipts tell; null where nothing is known. */
  earlier(client: Pick<About, "tenantId" | "id">): Promise<EarlierDeed | null>;
  /** The clients that earlier runs of this resource have sent a DELETE for, and nobody has confirmed it, as far as receipts tell. */
  leftUnconfirmed(): Promise<readonly About[]>;
  /** Writes a receipt of a DELETE that may have been carried out, while nobody knows. Never fails. */
  unconfirmed(known: About & { deed: Deed; seen: Seen }): Promise<void>;
  /**
   * Calls back where the process is about to be ended by others before this operation has ended.
   *
   * @returns takes that back
   */
  ifCutOff(act: () => Promise<void>): () => void;
  /** Keeps a secret that came into being out of everything that leaves the process. */
  keepSecret(secret: string | null): void;
  /** Where the client lives that this resource replaces, as far as this process knows: a replacement has no old inputs. */
  replacedPlace: Properties;
  /** Which resources of this run have which clients. */
  owners: Ownership;
  /** Takes evidence from a predecessor's deletion to the resource that replaces it, in this process. */
  handover: { leave(revocation: Revocation | null): void; take(): Revocation | null };
  /** Whether the emergency switch is on for this connection (`OAUTH_CLIENTS_ABANDON`). */
  mayAbandon(connection: string): boolean;
  /** Whether what guards a client is to be overruled for this connection (`OAUTH_CLIENTS_FORCE`). */
  mayForce(connection: string): boolean;
}

/** Which client was deleted, and where. */
export type About = Omit<Receipt, "receipt" | "at" | "kind" | "urn" | keyof Seen | keyof Revocation>;

/** What the look before a deletion brought, as a receipt has it. */
export type Seen = Pick<Receipt, "usage" | "forced">;

/** What is known about a deletion, before it becomes a receipt. */
export type Evidence = About & {
  /** Left out where nobody looked. */
  seen?: Seen;
  /** How people read the client, for example `Rezolve OAuth client "CI bot" (client-1) in tenant t-1`. */
  client: Message;
  /** How the line for people is shown. */
  severity: "info" | "warning";
  /** Whether an "info" is left out: of many deletions at once, receipts tell. */
  isQuiet?: boolean;
  revocation: Revocation;
};

/** Inputs with the connection's defaults, and every problem in them. */
export interface Checked {
  inputs: Record<string, unknown>;
  /** They never quote a value: any input can be a secret. */
  problems: Message[];
}

/** What a change of inputs takes. */
export interface Difference {
  changes: boolean;
  /** Changed inputs that need a new client. */
  replaces: string[];
  /** The exact inputs that changed, for whatever reason. */
  changed: string[];
  warnings: Message[];
  /** What the warnings mean, where many resources have the same: see `Operation.explain`. */
  explanation?: Message;
}

/** A client as the state is to hold it. */
export interface Recorded {
  id: string;
  outputs: Record<string, unknown>;
}

/** A client as it was read. */
export interface Read extends Recorded {
  /** The inputs with which a program would describe it; left out where those of last time stay. */
  inputs?: Properties;
}

/** The client exists, but not in the desired state: the state must keep it, and the next run go on. */
export class PartialFailure extends Error {
  readonly recorded: Recorded;

  constructor(recorded: Recorded, cause: unknown) {
    super("The client exists, but not in the desired state", { cause });
    this.recorded = recorded;
  }
}

/** Does what is left to do for a client that exists: whatever fails, the state keeps the client. */
export async function keeping<Result>(
  recorded: Recorded,
  operation: Pick<Operation, "exists">,
  task: () => Promise<Result>,
): Promise<Result> {
  operation.exists(recorded);
  try {
    return await task();
  } catch (error) {
    throw error instanceof PartialFailure ? error : new PartialFailure(recorded, error);
  }
}

/** What a resource has besides its inputs, by name. */
export interface Outputs {
  computed: readonly string[];
  /** Those of them that no update changes. */
  stable: readonly string[];
}

/**
 * The life cycle of one kind of resource, free of Pulumi's types: the dynamic and the packaged provider are
 * adapters of it. `check` and `diff` never use the network.
 */
export interface Lifecycle {
  /** For example `rezolve:OAuthClient`. */
  readonly kind: string;
  readonly outputs: Outputs;
  /**
   * Whether a replacement deletes the old one first: a client's name may be unique. What keeps evidence goes last, so that
   * it stays until the new one has succeeded.
   */
  readonly deletesFirst: boolean;
  /** @param olds the inputs of last time, empty for a new resource */
  check(olds: Properties, news: Properties, operation: Operation): Promise<Checked>;
  /** @throws {OAuthClientsError} `client-shared` when another resource of this run has the client */
  diff(id: string, olds: Properties, news: Properties, operation: Operation): Difference;
  create(inputs: Properties, operation: Operation): Promise<Recorded>;
  /**
   * An existing client that the program is to manage from now on, with the inputs that describe it; left out where there is
   * nothing to import.
   *
   * @param where where it is, as far as the connection's defaults are not meant
   * @throws {OAuthClientsError} `client-missing`
   */
  import?(id: string, where: Properties, operation: Operation): Promise<Read>;
  /** Null when the client is gone for certain. */
  read(id: string, state: Properties, operation: Operation): Promise<Read | null>;
  update(id: string, olds: Properties, news: Properties, operation: Operation): Promise<Recorded>;
  delete(id: string, state: Properties, operation: Operation): Promise<void>;
}
