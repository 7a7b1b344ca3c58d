import { constants, type FileHandle, open, readFile } from "node:fs/promises";
import { z } from "zod";
import { OAuthClientsError } from "../../core/errors.ts";
import { parsedJson } from "../../core/json.ts";
import type { Redactor } from "../../core/redaction.ts";
import { say } from "../../core/text.ts";
import type { Done } from "../../lifecycle/purge.ts";

const count = z.number().int().nonnegative().nullable();

const entrySchema = z.object({
  plan: z.string(),
  at: z.string(),
  id: z.string(),
  outcome: z.enum(["deleted", "soft-deleted", "already-gone", "abandoned", "failed", "skipped", "would be deleted"]),
  tokensRevoked: count,
  activeSessionsTerminated: count,
});

/** What became of a client of a plan, in an earlier run. */
export type Entry = z.infer<typeof entrySchema>;

/** Where what became of a plan's clients stands. */
export function journalFile(plan: string): string {
  return `${plan}.journal.jsonl`;
}

/** Outcomes after which there is nothing left to do for a client. */
const FINAL: ReadonlySet<string> = new Set(["deleted", "soft-deleted", "already-gone"]);

/**
 * What became of the clients of a plan, one line each in a file beside it: by it, a run that was interrupted or killed goes
 * on where it ended.
 */
export class Journal {
  readonly #handle: FileHandle;
  readonly #redactor: Redactor;
  readonly #planId: string;
  /** Clients for which earlier runs left nothing to do. */
  readonly finished: ReadonlyMap<string, Entry>;

  private constructor(handle: FileHandle, planId: string, finished: ReadonlyMap<string, Entry>, redactor: Redactor) {
    this.#planId = planId;
    this.#handle = handle;
    this.finished = finished;
    this.#redactor = redactor;
  }

  /**
   * Opens the journal of a plan, before anything is deleted.
   *
   * @throws {OAuthClientsError} `configuration-invalid` where it cannot be written
   */
  static async beside(plan: string, planId: string, redactor: Redactor): Promise<Journal> {
    const file = journalFile(plan);
    const flags =
      constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(file, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
      throw new OAuthClientsError(
        "configuration-invalid",
        say`The journal of the plan, ${file}, cannot be written: ${error.code ?? error.message}.`,
        say`Nothing was deleted. Put the plan into a folder that is yours.`,
      );
    });
    if (!(await handle.stat()).isFile()) {
      await handle.close();
      throw new OAuthClientsError(
        "configuration-invalid",
        say`The journal of the plan, ${file}, is not a regular file. Nothing was deleted.`,
      );
    }
    const text = await readFile(file, "utf8");
    // A line that a power cut tore must not take the next one with it.
    if (text !== "" && !text.endsWith("\n")) await handle.appendFile("\n");
    const entries = text.split("\n").flatMap((line) => {
      const entry = entrySchema.safeParse(parsedJson(line));
      // A file of the same name may have been the journal of another plan.
      const isOurs = entry.success && entry.data.plan === planId;
      return isOurs && FINAL.has(entry.data.outcome) ? [entry.data] : [];
    });
    return new Journal(handle, planId, new Map(entries.map((entry) => [entry.id, entry])), redactor);
  }

  /** Notes what became of a client, on the disk before this returns. */
  async note({ id, outcome, tokensRevoked, activeSessionsTerminated, because }: Done): Promise<void> {
    const at = new Date().toISOString();
    const entry = {
      plan: this.#planId,
      at,
      id: this.#redactor.identifier(id),
      outcome,
      tokensRevoked,
      activeSessionsTerminated,
    };
    const reason = because.isEmpty ? {} : { because: this.#redactor.show(because) };
    await this.#handle.appendFile(`${JSON.stringify({ ...entry, ...reason })}\n`);
    await this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
