/** Who and what an operation is about: all that messages name. No secrets. */
export interface Subject {
  /** The vendor's name as people write it, for example `Rezolve`. */
  vendor: string;
  /** What is attempted, a verb phrase: `delete`, `create`, `read`. */
  action: string;
  /** The client, for example `OAuth client "CI bot" (client-1)`. */
  client: string;
  tenantId: string;
  realmName: string | null;
  /** The connection's name in the settings. */
  connection: string;
  /** Where the connection talks to now. */
  baseUrl: string;
  /** Where the credential came from, for example `the environment variable REZOLVE_TOKEN`. */
  credentialSource: string;
  /** What the caller must be allowed to do, in the vendor's own terms. */
  permission: string;
}

/** The client and where it is, for messages. */
export function whereabouts(subject: Subject): string {
  const realm = subject.realmName === null ? "" : `, realm ${subject.realmName}`;
  return `${subject.client} in tenant ${subject.tenantId}${realm}`;
}
