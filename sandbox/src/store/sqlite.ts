import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { SandboxError } from "../errors.ts";
import type { Collection, CollectionDefinition, Store } from "./store.ts";

const FORMAT = 1;

const SCHEMA = `
  CREATE TABLE value (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at INTEGER,
    UNIQUE (collection, key)
  );
  CREATE INDEX value_by_expiry ON value (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE tag (
    tag TEXT NOT NULL,
    value INTEGER NOT NULL REFERENCES value (sequence) ON DELETE CASCADE,
    PRIMARY KEY (tag, value)
  ) WITHOUT ROWID;
  CREATE INDEX tag_by_value ON tag (value);
  PRAGMA user_version = ${FORMAT};
`;

const bodyRow = z.object({ body: z.string() });
const sequenceRow = z.object({ sequence: z.number() });
const versionRow = z.object({ user_version: z.number() });

/** Runs a step inside the outermost transaction only. */
type Atomically = <R>(step: () => R) => R;

function transactions(database: DatabaseSync): Atomically {
  let depth = 0;
  return (step) => {
    if (depth > 0) return step();
    database.exec("BEGIN IMMEDIATE");
    depth += 1;
    try {
      const result = step();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    } finally {
      depth -= 1;
    }
  };
}

function sqliteCollection<T>(
  database: DatabaseSync,
  atomically: Atomically,
  definition: CollectionDefinition<T>,
): Collection<T> {
  const { name } = definition;
  const select = database.prepare("SELECT body FROM value WHERE collection = ? AND key = ?");
  const upsert = database.prepare(
    `INSERT INTO value (collection, key, body, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (collection, key) DO UPDATE SET body = excluded.body, expires_at = excluded.expires_at
     RETURNING sequence`,
  );
  const untag = database.prepare("DELETE FROM tag WHERE value = ?");
  const addTag = database.prepare("INSERT INTO tag (tag, value) VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM value WHERE collection = ? AND key = ?");
  const selectTagged = database.prepare(
    `SELECT value.body FROM tag JOIN value ON value.sequence = tag.value
     WHERE tag.tag = ? AND value.collection = ? ORDER BY value.sequence`,
  );
  const selectAll = database.prepare("SELECT body FROM value WHERE collection = ? ORDER BY sequence");
  const read = (row: unknown): T => definition.parse(JSON.parse(bodyRow.parse(row).body));

  return {
    get(key) {
      const row = select.get(name, key);
      return row === undefined ? undefined : read(row);
    },
    put(key, value) {
      atomically(() => {
        const expiresAt = definition.expiresAt(value) ?? null;
        const row = sequenceRow.parse(upsert.get(name, key, JSON.stringify(value), expiresAt));
        untag.run(row.sequence);
        for (const tag of new Set(definition.tags(value))) addTag.run(tag, row.sequence);
      });
    },
    delete: (key) => remove.run(name, key).changes > 0,
    tagged: (tag) => selectTagged.all(tag, name).map(read),
    all: () => selectAll.all(name).map(read),
  };
}

function prepare(database: DatabaseSync, file: string): void {
  // Exclusive: two sandboxes on one file would each believe to be the only writer.
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;");
  database.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; COMMIT;");
  const { user_version: format } = versionRow.parse(database.prepare("PRAGMA user_version").get());
  if (format === FORMAT) return;
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' LIMIT 1").get();
  if (format !== 0 || tables !== undefined) {
    throw new SandboxError("file-unusable", `${file} is a database, but not one of this version of the sandbox.`);
  }
  database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
}

/** Creates the file, unless it is there, for its owner alone: SQLite gives what it writes beside it the same rights. */
function createPrivately(file: string): void {
  closeSync(openSync(file, "a", 0o600));
}

/** Takes everybody else's rights to a file that was there before, and to what stands beside it. */
function makePrivate(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    if (existsSync(path)) chmodSync(path, 0o600);
  }
}

/**
 * A store in one SQLite file, which survives a restart. The file is created when it is missing, belongs to one sandbox at
 * a time, and can be read by its owner alone: it holds the key that signs admin tokens.
 *
 * @throws {SandboxError} `file-unusable` when the file cannot be opened, is in use, or is not a sandbox's.
 */
export async function sqliteStore(file: string): Promise<Store> {
  // Imported here: a sandbox in memory does not need it, and it warns about being experimental on some versions of Node.
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    const inMemory = file === ":memory:";
    if (!inMemory) createPrivately(file);
    database = new DatabaseSync(file);
    prepare(database, file);
    // Not before it has turned out to be a sandbox's file.
    if (!inMemory) makePrivate(file);
  } catch (cause) {
    database?.close();
    if (cause instanceof SandboxError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SandboxError("file-unusable", `The sandbox cannot use the database file ${file}: ${reason}.`, { cause });
  }
  const opened = database;
  const atomically = transactions(opened);
  const sweepExpired = opened.prepare("DELETE FROM value WHERE expires_at <= ?");
  return {
    collection: (definition) => sqliteCollection(opened, atomically, definition),
    atomically,
    sweep: (now) => Number(sweepExpired.run(now).changes),
    close: () => opened.close(),
  };
}
