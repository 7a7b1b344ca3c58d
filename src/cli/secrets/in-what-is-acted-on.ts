/** Secrets in what somebody acts on: a plan, or a program. Without them, it would mean something else. */
import { type Message, say } from "../../core/text.ts";
import { isIn, REDACTOR } from "../redactor.ts";
import { environmentSecrets } from "./of-settings.ts";

/** Where a secret stands, and which. */
export interface Finding {
  /** For example `clients.3.id`. */
  place: string;
  /** As far as it is known which setting it is, that; never its value. */
  what: Message;
}

/** The first secret in a value that must not be said, or what looks like one; null where there is none. */
export function secretIn(value: unknown): Finding | null {
  const [found] = textsIn(value).filter(({ text }) => REDACTOR.withoutOwn(text) !== text);
  return found === undefined ? null : { place: found.place, what: whatIn(found.text) };
}

/** Settings that are called secret and are none of ours, whose values stand in a value. */
export function maskedIn(value: unknown): Finding[] {
  return textsIn(value).flatMap(({ place, text }) =>
    REDACTOR.settingsIn(text, { isOwn: false }).map((named) => ({ place, what: say`${named}` })),
  );
}

function whatIn(text: string): Message {
  const inEnvironment = environmentSecrets(process.env).filter(([, value]) => isIn(value, text));
  const [named] = [...REDACTOR.settingsIn(text, { isOwn: true }), ...inEnvironment.map(([one]) => one)];
  if (named !== undefined) return say`the secret of ${named}`;
  return REDACTOR.redactKnown(text) === text ? say`what looks like a secret` : say`a secret of this connection`;
}

/** All texts in a value, keys too, each with its path. */
function textsIn(value: unknown, path: readonly string[] = []): { place: string; text: string }[] {
  if (typeof value === "string") return [{ place: path.join("."), text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    const inner = [...path, key];
    return [{ place: inner.join("."), text: key }, ...textsIn(one, inner)];
  });
}
