import type { z } from "zod";
import type { Look } from "../core/absence.ts";
import type { VendorResponse } from "../core/answer.ts";
import type { Attempt, Candidate } from "../core/attempt.ts";
import type { Use } from "../core/guard.ts";
import type { RevocationDetails } from "../core/revocation.ts";
import type { Subject } from "../core/subject.ts";
import type { Message } from "../core/text.ts";
import type { Credential } from "../http/credential.ts";
import type { Called, DeletionJudge } from "./call.ts";
import type { FieldTable } from "./fields.ts";
import type { Operation, Recorded } from "./lifecycle.ts";
import { type Place, placeOf } from "./place.ts";
import type { Properties } from "./properties.ts";
import type { Known, Own, RecordedClient } from "./recorded.ts";
import type { Walked } from "./walk.ts";
import type { VendorWords } from "./words.ts";

/** A client as its vendor shows it. Only the vendor looks inside. */
export interface VendorClient {
  id: string;
}

/**
 * What a vendor gives to the life cycle of its clients: what they are made of, as data, and what cannot be said as data,
 * as functions. Everything else is the same for all: see `clientLifecycle`.
 *
 * `Client` is a client as the vendor shows it, `Kept` what the state keeps of it besides what every vendor's has. Only the
 * vendor itself names them: the life cycle hands on what it was given. That a vendor's driver passes for one of any client
 * rests on its functions being methods (TypeScript compares those both ways): they stay methods.
 */
export interface ClientDriver<Client extends VendorClient = VendorClient, Kept extends Own = Own> {
  /** For example `rezolve:OAuthClient`. */
  readonly kind: string;
  readonly words: VendorWords;
  /** Of the inputs, with the connection's defaults filled in. */
  readonly schema: z.ZodType;
  /** All inputs but `adopt`, which is only read at creation: changing it changes nothing. */
  readonly fields: FieldTable;
  /** Whether the answer to a create shows the client: then it is known from the start what the vendor filled in. */
  readonly createShowsClient: boolean;
  /** After which pauses the name is looked up at once where the answer to a create was lost, in milliseconds. */
  readonly lookUpPausesMs: readonly number[];
  /** Of what is kept: what no update changes. */
  readonly stable: readonly string[];
  /** Statuses that a client may have, as far as the vendor tells them apart. */
  readonly statuses: readonly string[];
  /** Statuses out of which no client comes back. */
  readonly finalStatuses: readonly string[];
  /** What to do about an update that the vendor refuses; null where nothing more is known. */
  hintOnRefusal?(patched: readonly string[]): Message | null;

  /** Of recorded outputs, read leniently; of an empty state, what is kept of a client that nothing is known of. */
  keptIn(state: Properties): Kept;
  /** The OAuth client id; null when not known. */
  oauthClientId(id: string, kept: Kept): string | null;
  /** A client's fields and its status by the names of inputs; what the vendor does not say is left out. */
  valuesOf(client: Client): Properties;
  /** The OAuth client id that the vendor shows; null where it does not. */
  clientIdOf(client: Client): string | null;
  /** How a client is used, of one that was looked up by its id; left out where the vendor never says. */
  useOf?(client: Client): Use;
  /** Whether credentials may change clients, as far as they say so themselves; null where they do not. */
  mayChange?(credential: Pick<Credential, "headers">): Promise<boolean | null>;
  /** @param asked the inputs of the attempt that may have made the client */
  candidate(client: Client, asked: Properties): Omit<Candidate, "id">;
  /** What a look-up shows of a client besides its values: everything but secrets, null where the vendor does not say it. */
  shown(client: Client): Properties;
  /** The vendor's clients at one place, for one operation. */
  at(place: Place): Clients<Client>;

  /**
   * @param client null where the vendor has not shown it
   * @param answered whether the answer to the create came; else nobody has the secret that was in it
   */
  keptOfNew(client: Client | null, secret: string | null, answered: boolean): Kept;
  keptOfAdopted(client: Client): Kept;
  /** Says what was changed outside of Pulumi and is none of the fields. */
  keptOfRead(client: Client, recorded: RecordedClient<Kept>, subject: Subject, operation: Operation): Kept;
  /** What is lost of a client that a claim turned out to be, and the words for it. */
  keptOfClaimed?(client: Client, kept: Kept): { kept: Kept; message: Message };

  /** Why an update replaces the secret, by the names of inputs and outputs; a reason to update beside the fields. */
  rotationReasons?(recorded: RecordedClient<Kept>, olds: Properties, news: Properties): string[];
  /** What to say of an adopted client's secret; null where there is nothing to say. */
  secretOfAdopted(client: Client, kept: Kept, inputs: Properties): Message | null;

  /** What is left to do after a create. Keeps the client in the state however it ends. */
  finishCreation?(created: Created<Client, Kept>): Promise<Recorded>;
  finishAdoption?(adopted: Adopted<Client, Kept>): Promise<Recorded>;
  finishUpdate?(updated: Updated<Client, Kept>): Promise<Recorded>;
  /** What comes before a deletion. @returns what to say besides, where the deletion then fails */
  beforeDeletion?(deletion: BeforeDeletion<Client, Kept>): Promise<Message | null>;
  /** The vendor's code for a client that was deleted before, beside HTTP 409; null where it has none. */
  readonly alreadyDeletedCode: string | null;
  /** What the answer to a deletion says; whatever is missing or unreadable is null. */
  revocationIn(body: unknown): RevocationDetails;
  /** Whether a success has the form that the vendor's answers to a deletion have. */
  isDeletionAnswer(answer: Pick<VendorResponse, "status" | "body">): boolean;
  /** The client that an answer to a deletion is about; null where it names none. */
  clientOf(body: unknown): AnsweredClient | null;
  /** When this package created the client, by the clock of the machine it ran on; null where it is not known to be young. */
  createdMs(kept: Kept): number | null;
}

/** One operation on a vendor's clients at one place. */
export interface Work<Client extends VendorClient = VendorClient, Kept extends Own = Own> {
  driver: ClientDriver<Client, Kept>;
  operation: Operation;
  place: Place;
  clients: Clients<Client>;
}

/** What is at hand for clients at a place, by default where properties say that theirs lives. */
export function workOn(
  driver: ClientDriver,
  properties: Properties,
  operation: Operation,
  place = placeOf(properties, operation, driver.words),
): Work {
  return { driver, operation, place, clients: driver.at(place) };
}

/** What every last step has at hand. */
interface Step<Client extends VendorClient = VendorClient, Kept extends Own = Own> extends Work<Client, Kept> {
  /** As the state is to hold the client when nothing is left to do. */
  done: Recorded;
  inputs: Properties;
  subject: Subject;
}

/** A client that was created. */
export interface Created<Client extends VendorClient = VendorClient, Kept extends Own = Own>
  extends Step<Client, Kept> {
  /** Null where the vendor has not shown it. */
  client: Client | null;
  kept: Kept;
  /** Whether the answer came. */
  answered: boolean;
}

/** A client that was taken over, as it was before, and what a patch of it brought. */
export interface Adopted<Client extends VendorClient = VendorClient, Kept extends Own = Own>
  extends Step<Client, Kept> {
  client: Client;
  kept: Kept;
  patched: readonly string[];
  /** What the vendor says of it since; null where it was not patched, or does not say. */
  now: Properties | null;
}

/** A client that was updated. */
export interface Updated<Client extends VendorClient = VendorClient, Kept extends Own = Own>
  extends Step<Client, Kept> {
  recorded: RecordedClient<Kept>;
  known: Known<Kept>;
  olds: Properties;
  patched: readonly string[];
  now: Properties | null;
}

/** A client that is about to be deleted. */
export interface BeforeDeletion<Client extends VendorClient = VendorClient, Kept extends Own = Own>
  extends Work<Client, Kept> {
  id: string;
  recorded: RecordedClient<Kept>;
  subject: Subject;
}

/** A new client, as far as the answer says it. */
export interface New<Client = VendorClient> {
  /** Null where the answer does not say it. */
  id: string | null;
  /** Null where the vendor has not shown it. */
  client: Client | null;
  secret: string | null;
  /** Whether it was created for certain. */
  isCertain: boolean;
}

/** What a look-up by id found. */
export type Found<Client = VendorClient> =
  | { is: "there"; client: Client }
  /** The vendor itself says that this client was deleted. */
  | { is: "deleted" }
  /**
   * It is not there, or not shown. `unsure` says why it may be there all the same: the list leaves it open this time, or
   * the credentials may not see every client, which takes what it `needs`; null where nothing speaks for it.
   */
  | { is: "missing"; unsure: "list" | null }
  | { is: "missing"; unsure: "permission"; needs: string };

/** The client that was found; null where there is none. */
export function clientIn<Client>(found: Found<Client>): Client | null {
  return found.is === "there" ? found.client : null;
}

/** The clients of one name. */
export interface Named<Client = VendorClient> {
  clients: readonly Client[];
  /** What it means for others of this name that they are not there. */
  others: Extract<Look, { found: "absent" | "invisible" }>;
  /** Why there may be others beside these, as "the list …" goes on; null where there are none. */
  doubt: string | null;
}

/** A client as an answer names it; null for what it does not say. */
export interface AnsweredClient {
  id: string;
  name: string | null;
  clientId: string | null;
}

/** The clients that the credentials may see. */
export interface Listed<Client = VendorClient> extends Walked<Client> {
  /** The permission that it takes to see every client; null where the credentials certainly do. */
  hiddenWithout: string | null;
}

/** A client that a look-up by id is about. */
export interface Sought {
  id: string;
  /** Null where it is not known. */
  name: string | null;
  /** When this package created it, by the clock of the machine it ran on; null where it is not known to be young. */
  createdMs: number | null;
}

/** The vendor's API at one place, with what this run knows of its clients. */
export interface Clients<Client = VendorClient> {
  /** Creates one, in one request that is never repeated where it may have been carried out; `sent` is called whenever it leaves. */
  create(inputs: Properties, sent: () => void): Promise<Called<New<Client>>>;
  /** @param isRecorded whether it was there before this run */
  find(id: string, isRecorded: boolean): Promise<Called<Found<Client>>>;
  /** @param notBefore a list that was asked for earlier, by `performance.now()`, does not do */
  named(name: string, notBefore?: number): Promise<Called<Named<Client>>>;
  /**
   * The clients that the credentials may see.
   *
   * @param isWanted of others, no more is kept than that they were there
   */
  all(isWanted: (client: Client) => boolean): Promise<Called<Listed<Client>>>;
  /** What is known of clients of this name before a new one is created. */
  before(name: string): Pick<Attempt, "before" | "sawAllBefore">;
  /**
   * Changes what is given; `sent` is called whenever a request leaves. The values are null, or what the vendor says of the
   * client after it.
   */
  patch(sought: Pick<Sought, "id" | "name">, changes: Properties, sent?: () => void): Promise<Called<Patched>>;
  /** A second look at a client that the vendor says is not there. */
  look(sought: Sought): Promise<Look>;
  /** Sends a DELETE until `judge` says that an answer is final; `sent` is called whenever one leaves. */
  delete<Result>(id: string, judge: DeletionJudge<Result>, sent: () => void): Promise<Result>;
  /** Notes that a client of this name was made, or may have been: an earlier list says nothing about it. */
  noteMade(made: { id: string | null; name: string | null }): void;
  /** Notes that a client is gone for certain. */
  noteGone(id: string): void;
}

/** What an answer to a patch says. */
export interface Patched {
  /** Null where it says nothing of the client. */
  values: Properties | null;
  /** Whether it names this very client, so that it was there. */
  namesIt: boolean;
}
