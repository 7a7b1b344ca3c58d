import { type Message, say } from "./text.ts";

/** Who and what an operation is about: all that messages name. No secrets. */
export interface Subject {
  /** The vendor's name as people write it, for example `Rezolve`. */
  vendor: string;
  /** What is attempted, a verb phrase: `delete`, `create`, `read`. */
  action: string;
  /** The client, for example `OAuth client "CI bot" (client-1)`. */
  client: Message;
  tenantId: string;
  realmName: string | null;
  /** The connection's name in the settings. */
  connection: string;
  /** Where the connection talks to now. */
  baseUrl: string;
  /** Where the credential came from, for example `the environment variable REZOLVE_TOKEN`. */
  credentialSource: Message;
  /** What to do when the credential is refused, a sentence. */
  whenRefused: Message;
  /** What the caller must be allowed to do, in the vendor's own terms. */
  permission: string;
}

/** The client and where it is, for messages. */
export function whereabouts(subject: Subject): Message {
  const realm = subject.realmName === null ? "" : say`, realm ${subject.realmName}`;
  return say`${subject.client} in tenant ${subject.tenantId}${realm}`;
}
