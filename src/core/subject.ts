import { type Message, say } from "./text.ts";

/** Who and what an operation is about: all that messages name. No secrets. */
export interface Subject {
  /** The vendor's name as people write it, for example `Rezolve`. */
  vendor: string;
  /** What is attempted, a verb phrase: `delete`, `create`, `read`. */
  action: string;
  /** The client, for example `OAuth client "CI bot" (client-1)`. */
  client: Message;
  /** Whether the state has the client, the program names its id, or it has no id yet. */
  idFrom: "state" | "program" | null;
  /** What the id of a client is, for somebody who wrote another one. */
  aboutId: Message;
  /** Where the client lives, for example `tenant t-1, realm acme`. */
  where: Message;
  /** What has clients of its own there, for example `tenant`. */
  home: string;
  /** What of that the vendor may not know, for example `tenant or realm`. */
  place: string;
  /** The connection's name in the settings. */
  connection: string;
  /** Where the connection talks to now. */
  baseUrl: string;
  /** Where the credential came from, for example `the environment variable REZOLVE_TOKEN`. */
  credentialSource: Message;
  /** What to do when the credential is refused with such words, a sentence. */
  whenRefused(words: string | null): Message;
  /** What the caller must be allowed to do, in the vendor's own terms. */
  permission: string;
}

/** What a failure means for the state: nothing where the state does not have the client. */
export function keptInState({ idFrom }: Subject): Message {
  return idFrom === "state" ? say`It stays in the state.` : say``;
}

/** What to check about an id that the program names; nothing about any other. */
export function idToCheck({ idFrom, aboutId }: Subject): Message {
  return idFrom === "program" ? say`Check the id: ${aboutId}.` : say``;
}

/** The client and where it is, for messages. */
export function whereabouts(subject: Subject): Message {
  return say`${subject.client} in ${subject.where}`;
}
