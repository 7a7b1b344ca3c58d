import { type Use, violationsOf } from "./guard.ts";
import { identifier, type Message, quoted, say } from "./text.ts";

/** Which of a tenant's clients a purge means; all of it together. */
export interface Selection {
  namePrefix?: string | undefined;
  /** ISO 8601. */
  createdBefore?: string | undefined;
  /** It was last used at least so many days ago; if it was never used, it was created so long ago. */
  unusedForDays?: number | undefined;
  status?: string | undefined;
}

/** What no purge deletes, whatever selects it. */
export interface Exclusion {
  ids?: readonly string[] | undefined;
  names?: readonly string[] | undefined;
  namePrefixes?: readonly string[] | undefined;
  /** Whatever has one of these in its name, in capitals or not. */
  nameParts?: readonly string[] | undefined;
}

/** How many exclusions are by name. */
export function namesExcludedBy({ names = [], namePrefixes = [], nameParts = [] }: Exclusion): number {
  return names.length + namePrefixes.length + nameParts.length;
}

/** What is known of a client that a purge may mean. */
export interface Facts {
  id: string;
  /** Null where nobody says; so the next. */
  name: string | null;
  status: string | null;
  /** Null where the vendor does not report it at all. */
  use: Use | null;
}

/** Why a client is excluded; null where it is not. */
export function excludedBy(exclusion: Exclusion, { id, name }: Pick<Facts, "id" | "name">): Message | null {
  const { ids = [], names = [], namePrefixes = [], nameParts = [] } = exclusion;
  if (ids.includes(id)) return say`excluded by its id`;
  // Whose name nobody knows may have a name that is excluded.
  if (name === null) {
    return namesExcludedBy(exclusion) === 0 ? null : say`its name is not known, and names are excluded`;
  }
  if (names.includes(name)) return say`excluded by its name`;
  const prefix = namePrefixes.find((one) => name.startsWith(one));
  if (prefix !== undefined) return say`excluded by its name, which begins with "${identifier(prefix)}"`;
  const part = nameParts.find((one) => name.toLowerCase().includes(one.toLowerCase()));
  return part === undefined ? null : say`excluded by its name, which has "${identifier(part)}" in it`;
}

/**
 * Why a selection does not mean a client; null where every one of its criteria is proved. What nobody says proves nothing:
 * an unknown last use is not "never".
 *
 * @param nowMs the vendor's clock, where it is known
 */
export function unprovedOf(selection: Selection, { name, status, use }: Facts, nowMs: number): Message | null {
  const { namePrefix, createdBefore, unusedForDays, status: wanted } = selection;
  if (namePrefix !== undefined && name?.startsWith(namePrefix) !== true) return say`its name begins otherwise`;
  if (wanted !== undefined && status !== wanted) {
    return status === null ? say`its status is not known` : say`its status is ${quoted(status, 40)}`;
  }
  if (createdBefore !== undefined) {
    const createdMs = use?.createdMs ?? null;
    if (createdMs === null) return say`nobody says when it was created`;
    if (!(createdMs < Date.parse(createdBefore))) return say`created at ${new Date(createdMs).toISOString()}`;
  }
  if (unusedForDays === undefined) return null;
  const [unmet = null] = violationsOf({ unusedForDays }, use, nowMs);
  return unmet;
}
