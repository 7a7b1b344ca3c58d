import { type TextKind, withoutCredentials } from "../core/credentials-in-text.ts";
import { isRecord } from "../core/json.ts";
import { Redactor } from "../core/redaction.ts";

/** Knows of each secret whether it is one of ours, and of some which setting it is. */
class CommandRedactor extends Redactor {
  readonly #own = new Redactor();
  readonly #named: { named: string; value: string; isOwn: boolean }[] = [];

  /** @param named the setting that it is, for messages */
  override add(secret: string | null | undefined, named?: string): void {
    super.add(secret);
    this.#own.add(secret);
    if (named !== undefined && typeof secret === "string") this.#named.push({ named, value: secret, isOwn: true });
  }

  /**
   * Remembers what somebody calls secret that is none of ours. No text shows it; but it may be an ordinary word, and what
   * somebody acts on says it where it has to.
   */
  mask(secret: string | null | undefined, named: string): void {
    super.add(secret);
    if (typeof secret === "string") this.#named.push({ named, value: secret, isOwn: false });
  }

  override redact(text: string, kind: TextKind = "words"): string {
    return withoutCredentials(super.redactKnown(text), kind);
  }

  /** Of a whole document, in which each text was redacted before: without the secrets of ours. */
  override redactKnown(text: string): string {
    return this.#own.redactKnown(text);
  }

  /** The same of one text, and without what looks like a secret. */
  withoutOwn(text: string): string {
    return withoutCredentials(this.redactKnown(text), "identifier");
  }

  /** The settings whose values stand in a text. */
  settingsIn(text: string, { isOwn }: { isOwn: boolean }): string[] {
    return this.#named.filter((one) => one.isOwn === isOwn && isIn(one.value, text)).map(({ named }) => named);
  }
}

/** Whether a secret stands in a text, in any of its forms. */
export function isIn(secret: string, text: string): boolean {
  const redactor = new Redactor();
  redactor.add(secret);
  return redactor.redactKnown(text) !== text;
}

/**
 * Takes secrets out of everything that the command prints: there is one, so that no output can be made with another that
 * knows less. It learns them from settings, and from the exports that it is given.
 */
export const REDACTOR = new CommandRedactor();

/** A value that {@link withoutSecrets} leaves as it is: somebody acts on it, and nothing that must not be said is in it. */
export class Exact {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** A value with the secrets taken out of all of its texts, keys too: as programs read it, nothing else changes. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return textWithout(value);
  if (value instanceof Exact) return value.value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [textWithout(key), withoutSecrets(one)]));
}

/** Names and ids are among the texts: two that only resemble secrets must not become one. */
function textWithout(text: string): string {
  return REDACTOR.redact(text, "identifier");
}
