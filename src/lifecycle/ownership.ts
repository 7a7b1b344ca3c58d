import type { Revocation } from "../core/revocation.ts";

/**
 * What a resource has to do with a client in this run: it goes on to have it (`managed`), made it (`created`), is to take
 * it over and perhaps never will (`adopting`), took it over (`adopted`), deletes it because that is what the resource is for
 * (`deletes`), has deleted it (`deleted`), or had it before this run, and nobody knows whether it is to keep it (`had`).
 */
export type Hold = "managed" | "created" | "adopting" | "adopted" | "deletes" | "deleted" | "had";

/** Another resource of this run, and what it has to do with a client. */
export interface Holder {
  /** Null where it is not known. */
  urn: string | null;
  how: Hold;
}

/**
 * What the resources of this run have to do with their clients, seen from the resource of one operation. Pulumi tells a
 * provider nothing of a stack's other resources, so two of them can come to one client: by a rename, or by `adopt`.
 * Where the URN of the operation is not known, nobody has anything.
 */
export interface Ownership {
  /** This resource, for messages. */
  readonly urn: string | null;
  /** Whose the client is, if it is another resource's; else it is this one's from now on. */
  claim(client: string, how: Exclude<Hold, "deleted" | "had">): Holder | null;
  /** Another resource that has the client and keeps it. */
  ownerOf(client: string): Holder | null;
  /**
   * Why no lost attempt of this resource made the client: another resource has or had it, or this run has made it, taken
   * it over or deleted it, as whatever resource. Where the URN of the operation is not known, every resource is another one.
   */
  holderOf(client: string): Holder | null;
  /** Whether this very resource took the client over in this run. */
  hasAdopted(client: string): boolean;
  /** Notes that this very resource had the client before: one that is created as this resource is another one. */
  hadBefore(client: string): void;
  /** Whether this very resource had the client before, and has it no more, or is about to be replaced. */
  isPredecessor(client: string): boolean;
  /** Whether this run has deleted the client, whoever did. */
  isDeleted(client: string): boolean;
  /** Deletes the client, and notes that it is deleted when it is: not where it was abandoned. */
  deleting<Result extends Deleted>(client: string, task: () => Promise<Result>): Promise<Result>;
  /** The same, unless another resource has deleted it in this run; waits for one that is at it. */
  deletingOnce<Result extends Deleted>(client: string, task: () => Promise<Result>): Promise<Once<Result>>;
}

/** What came of a deletion that did not fail. */
export type Deleted = Pick<Revocation, "outcome">;

/** What came of something that is done once, whoever does it. */
export type Once<Result> = { by: null; result: Result } | { by: string };
