import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRecord, parsedJson } from "../core/json.ts";

/** Containers run as users that have a number and no name. Null on Windows, whose folder for temporary files is each user's own. */
const USER = process.getuid?.() ?? null;

/**
 * The clients that the providers of one run have adopted. Each provider is a process of its own, the dynamic one, the
 * packaged one and those that the program makes; where a client goes from a resource of one to a resource of another by
 * `adopt`, the engine has the old resource deleted by a process that knows nothing of it, and the client with it.
 *
 * Noted in files that only this user can read, as long as the process that adopted lives. Where there is no folder for
 * them, each process knows its own adoptions alone.
 */
export class Adoptions {
  /** Of this user; null where the engine is not known. */
  readonly #parent: string | null;
  /** Of this run. */
  readonly #folder: string;
  readonly #own = new Set<string>();

  /**
   * @param engine the address of the engine, which all providers of a run are told; null where it is not known
   * @param parent for tests
   */
  constructor(engine: string | null, parent: string = tmpdir()) {
    const mine = join(parent, `pulumi-oauth-clients-${USER ?? "user"}`);
    this.#parent = engine === null ? null : mine;
    this.#folder = join(mine, digest(engine ?? ""));
  }

  /** @param client its key */
  note(client: string, urn: string): void {
    if (this.#parent === null) return;
    const file = this.#fileOf(client);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      if (!this.#isSafe()) return;
      writeFileSync(file, JSON.stringify({ pid: process.pid, urn }), { mode: 0o600 });
    } catch {
      // The client is adopted all the same: this process knows, and the others know as much as without a folder.
      return;
    }
    if (this.#own.size === 0) process.once("exit", () => this.forget());
    this.#own.add(file);
  }

  /** The resource of another process of this run that has adopted a client. */
  adopterOf(client: string): string | null {
    if (!this.#isSafe()) return null;
    const file = this.#fileOf(client);
    const { pid, urn } = noteIn(file);
    if (typeof pid !== "number" || typeof urn !== "string" || this.#own.has(file)) return null;
    return isAlive(pid) ? urn : null;
  }

  /** Takes away what this process has noted, and the run's folder with its last note. */
  forget(): void {
    for (const file of this.#own) rmSync(file, { force: true });
    if (this.#own.size > 0) removeEmpty(this.#folder);
    this.#own.clear();
  }

  /** Whether the folder is this user's alone: somebody else's of this name, or a link, is none to trust. */
  #isSafe(): boolean {
    if (this.#parent === null) return false;
    try {
      const found = lstatSync(this.#parent);
      return found.isDirectory() && (USER === null || (found.uid === USER && (found.mode & 0o077) === 0));
    } catch {
      return false;
    }
  }

  #fileOf(client: string): string {
    return join(this.#folder, `${digest(client)}.json`);
  }
}

/** Another process of the run may have notes there. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

function noteIn(file: string): { pid?: unknown; urn?: unknown } {
  try {
    const note = parsedJson(readFileSync(file, "utf8"));
    return isRecord(note) ? note : {};
  } catch {
    return {};
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
