/** What a provider is asked and answers in a life, and what it does and says meanwhile, without what is random in it. */
import { existsSync, readFileSync } from "node:fs";
import type { Sandbox } from "pulumi-oauth-clients-sandbox";
import { isRecord } from "../../src/core/json.ts";
import { parseReceipts } from "../../src/core/receipts-file.ts";
import type { Line } from "../../tools/bench/provider-process.ts";
import { roleOf } from "./clients.ts";
import type { Witness } from "./engine.ts";

/** One question, and all that it brought about. */
export interface Entry {
  /** For example `create r1`. */
  asked: string;
  /** What was answered, or how it failed, and what that left in the state. */
  answered: unknown;
  /** What the vendor was sent, and the status of what it answered. */
  requests: readonly unknown[];
  /** What people were told. */
  said: readonly unknown[];
  receipts: readonly unknown[];
}

/** What is another one every time, and how it is called instead; with numbers where it matters which one it is. */
const RANDOM: readonly (readonly [RegExp, string])[] = [
  [/\bclient-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "client"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "uuid"],
  [/\bsbx_[\w-]{43}/g, "secret"],
  [/\b[a-z0-9_]+_[0-9a-f]{12}\b/g, "clientId"],
  [/\b[A-Za-z0-9]{32}\b/g, "id"],
];
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const MILLISECONDS = /"(\w+Ms)":-?\d+(?:\.\d+)?/g;
const ADDRESS = /\b(127\.0\.0\.1|localhost):\d+/g;

export class Recorder {
  readonly entries: Entry[] = [];
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #said: Line[] = [];

  /** A line came. How far a long work is, depends on how long it takes. */
  readonly logged = (line: Line): void => {
    if (!line.isPassing) this.#said.push(line);
  };

  /** @param receiptsFile where the provider writes receipts */
  witnessIn(sandbox: Sandbox, receiptsFile: string): Witness {
    const receiptsOf = () =>
      existsSync(receiptsFile) ? parseReceipts(readFileSync(receiptsFile, "utf8")).receipts : [];
    return async ({ method, name, kind, provider }, ask) => {
      const [requests, receipts] = [sandbox.requests.length, receiptsOf().length];
      this.#said = [];
      let answered: unknown;
      try {
        const answer = await ask();
        answered = answer;
        return answer;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const [, status = "none", words = message] = /^\d+ ([A-Z_]+): (.*)$/s.exec(message) ?? [];
        answered = { failed: words, status, left: provider.left(error) };
        throw error;
      } finally {
        const sent = sandbox.requests.list().slice(requests);
        const entry: Entry = {
          asked: `${method} ${name}`,
          // First: in their order they give everything random its number.
          requests: sent.map(({ method, path, headers, body, status }) =>
            this.#shown({ method, path, headers, body, status }),
          ),
          answered: this.#shown(answered),
          said: this.#said.map((line) => this.#shown(line)),
          receipts: receiptsOf()
            .slice(receipts)
            .map((receipt) => this.#shown(receipt)),
        };
        this.entries.push(roleOf(kind) === "purge" ? inAnyOrder(entry) : entry);
      }
    };
  }

  /** Forgets everything, for another life. */
  clear(): void {
    this.entries.length = 0;
    this.#known.clear();
    this.#counts.clear();
  }

  #shown(value: unknown): unknown {
    let text = JSON.stringify(value ?? null, sortedKeys)
      .replace(TIME, "<time>")
      .replace(MILLISECONDS, '"$1":"<time>"')
      .replace(ADDRESS, "<vendor>");
    for (const [pattern, kind] of RANDOM) text = text.replace(pattern, (found) => this.#named(found, kind));
    return JSON.parse(text);
  }

  #named(found: string, kind: string): string {
    const known = this.#known.get(found);
    if (known !== undefined) return known;
    const number = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, number);
    const named = `<${kind} ${number}>`;
    this.#known.set(found, named);
    return named;
  }
}

/**
 * A purge works on several clients at once: what comes first, and whether one look does for several, depends on how long each
 * takes.
 */
function inAnyOrder({ asked, requests, answered, said, receipts }: Entry): Entry {
  const texts = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).sort();
  const sorted = (all: readonly unknown[]): unknown[] => texts(all).map((one) => JSON.parse(one));
  const results = (value: unknown): unknown =>
    isRecord(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, one]) => [
            key,
            key === "results" && Array.isArray(one) ? sorted(one) : results(one),
          ]),
        )
      : value;
  return {
    asked,
    requests: [...new Set(texts(requests))],
    answered: results(answered),
    said: sorted(said),
    receipts: sorted(receipts),
  };
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
