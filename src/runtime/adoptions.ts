import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { isRecord, parsedJson } from "../core/json.ts";

/**
 * The clients that the providers of one run have adopted. Each provider is a process of its own, the dynamic one, the
 * packaged one and those that the program makes; where a client goes from a resource of one to a resource of another by
 * `adopt`, the engine has the old resource deleted by a process that knows nothing of it, and the client with it.
 *
 * Noted in files that only this user can read, as long as the process that adopted lives. Where there is no folder for
 * them, each process knows its own adoptions alone.
 */
export class Adoptions {
  readonly #folder: string | null;
  readonly #own = new Set<string>();

  /**
   * @param engine the address of the engine, which all providers of a run are told; null where it is not known
   * @param parent for tests
   */
  constructor(engine: string | null, parent: string = tmpdir()) {
    this.#folder = engine === null ? null : folderOf(engine, parent);
  }

  /** @param client its key */
  note(client: string, urn: string): void {
    if (this.#folder === null) return;
    const file = fileOf(this.#folder, client);
    if (this.#own.size === 0) process.once("exit", () => this.forget());
    this.#own.add(file);
    writeFileSync(file, JSON.stringify({ pid: process.pid, urn }), { mode: 0o600 });
  }

  /** The resource of another process of this run that has adopted a client. */
  adopterOf(client: string): string | null {
    if (this.#folder === null) return null;
    const file = fileOf(this.#folder, client);
    const { pid, urn } = noteIn(file);
    if (typeof pid !== "number" || typeof urn !== "string" || this.#own.has(file)) return null;
    return isAlive(pid) ? urn : null;
  }

  /** What this process has noted. */
  forget(): void {
    for (const file of this.#own) rmSync(file, { force: true });
    this.#own.clear();
  }
}

function folderOf(engine: string, parent: string): string | null {
  const { uid } = userInfo();
  const own = join(parent, `pulumi-oauth-clients-${uid}`);
  const folder = join(own, digest(engine));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid: owner } = lstatSync(own);
    // Somebody else's folder of this name, or a link, is none to trust.
    const isSafe =
      lstatSync(own).isDirectory() && (process.platform === "win32" || (owner === uid && (mode & 0o077) === 0));
    return isSafe ? folder : null;
  } catch {
    return null;
  }
}

function fileOf(folder: string, client: string): string {
  return join(folder, `${digest(client)}.json`);
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
