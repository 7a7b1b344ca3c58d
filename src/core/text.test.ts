import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_SECRETS, Redactor } from "./redaction.ts";
import { identifier, joined, Message, quoted, say } from "./text.ts";

const MIB = 1024 * 1024;

/** Secrets of several kinds: a token, a pass phrase with spaces and line breaks, one of every awkward character. */
const SECRETS = [
  "rzsec_live_0123456789abcdefABCDEF",
  "correct horse battery\nstaple",
  `p&ss<w>rd"it's/%+=\\é`,
  "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
  `long-${"0123456789abcdef".repeat(40)}`,
];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const handlebars: Readonly<Record<string, string>> = { ...entities, "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;" };
const mustache: Readonly<Record<string, string>> = { ...handlebars, "'": "&#39;", "/": "&#x2F;" };

function asUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Every form in which a vendor or a tool on the way may give a secret back. Written here a second time on purpose. */
const FORMS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => secret.toUpperCase(),
  (secret) => secret.toLowerCase(),
  (secret) => JSON.stringify(secret),
  (secret) => JSON.stringify({ inside: [secret] }),
  (secret) => JSON.stringify(secret).replaceAll("/", "\\/"),
  (secret) => encodeURIComponent(secret),
  (secret) => encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  (secret) => new URLSearchParams({ secret }).toString(),
  (secret) => secret.replace(/[&<>"']/g, (character) => entities[character] ?? character),
  (secret) => Buffer.from(secret).toString("base64"),
  (secret) => Buffer.from(secret).toString("base64url"),
  (secret) => Buffer.from(`user:${secret}`).toString("base64"),
  (secret) => Buffer.from(`us:${secret}&more`).toString("base64url"),
  (secret) => encodeURIComponent(encodeURIComponent(secret)),
  // As Go, Gson and .NET write JSON.
  (secret) => JSON.stringify(secret).replace(/[<>&]/g, asUnicode),
  (secret) => JSON.stringify(secret).replace(/[<>&=']/g, asUnicode),
  (secret) => JSON.stringify(secret).replace(/[<>&+'`]|[^ -~]/g, asUnicode),
  // As template engines write HTML.
  (secret) => secret.replace(/[&<>"'`=]/g, (character) => handlebars[character] ?? character),
  (secret) => secret.replace(/[&<>"'`=/]/g, (character) => mustache[character] ?? character),
  (secret) => Buffer.from(secret).toString("hex"),
  (secret) => Buffer.from(secret).toString("hex").toUpperCase(),
];

/** What must not be found in what is shown: by letters and digits alone, so that no form of it is missed. */
const CORES = SECRETS.flatMap((secret) => [
  secret,
  secret.replace(/\s+/g, " "),
  Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  Buffer.from(secret).toString("base64url"),
  Buffer.from(secret).toString("hex"),
  encodeURIComponent(secret),
  new URLSearchParams([["", secret]]).toString().slice(1),
  JSON.stringify(secret).slice(1, -1),
  // Without the ends that are other characters where it stands elsewhere in something longer.
  Buffer.from(`us:${secret}`).toString("base64").slice(6, -4),
  Buffer.from(`user:${secret}`).toString("base64url").slice(8, -4),
  ...FORMS.map((form) => form(secret)).filter((form) => !form.startsWith("{")),
]).map((core) => core.toLowerCase());

const redactor = new Redactor();
for (const secret of SECRETS) redactor.add(secret);

const live = [
  "\u001b[2J",
  "\u001b]8;;https://evil.example.test\u0007",
  "\u009b31m",
  "\r\n",
  "\n",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u061c",
  "\0",
  "\u007f",
  "\u0085",
];
const directives = ["<{%boom%}>", "<{%reset%}>", "<{%", "%}>", "<{", "{%", "<<{%{%%"];

const piece = fc.oneof(
  fc.tuple(fc.constantFrom(...SECRETS), fc.constantFrom(...FORMS)).map(([secret, form]) => form(secret)),
  fc.constantFrom(...live),
  fc.constantFrom(...directives),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);

/** From nothing to 8 MiB: what is drawn, repeated. */
const anyText = fc
  .record({
    pieces: fc.array(piece, { maxLength: 30 }),
    length: fc.oneof(
      { weight: 40, arbitrary: fc.constant(0) },
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
      { weight: 1, arbitrary: fc.constant(8 * MIB) },
    ),
  })
  .map(({ pieces, length }) => {
    const text = pieces.join("");
    return text === "" || text.length >= length ? text : text.repeat(Math.floor(length / text.length));
  });

function expectSafe(shown: string): void {
  const small = shown.toLowerCase();
  expect(CORES.filter((core) => small.includes(core))).toEqual([]);
  expect(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(shown)).toBe(false);
  expect(shown.includes("<{%")).toBe(false);
  expect(shown.isWellFormed()).toBe(true);
}

describe("what others wrote, as it is shown", () => {
  test("has no secret in any form and nothing that a terminal acts on, however long it is", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(40, 300, Number.POSITIVE_INFINITY), (text, longest) => {
        expectSafe(redactor.show(say`Cannot delete ${quoted(text, longest)} (${text}) in tenant ${text}.`));
        expectSafe(redactor.show(say`Cannot delete ${identifier(text, longest)} (${identifier(text)}): ${text}.`));
      }),
      { numRuns: 400 },
    );
  });

  test("is cut only after the secrets in it were taken out", () => {
    for (const secret of SECRETS) {
      for (let before = 0; before <= 320; before += 1) {
        const shown = redactor.show(say`${`${"x".repeat(before)} ${secret} y`}`);
        for (const word of secret.split(/\s/).filter((part) => part.length > 5)) expect(shown).not.toContain(word);
      }
    }
  });

  test("shows no start of a secret where only the beginning of a very long text is read", () => {
    const [secret = ""] = SECRETS;
    for (let known = 0; known < secret.length; known += 1) {
      const text = `${"\u0000".repeat(65_536 - known)}${secret}`;
      expect(redactor.show(say`${text}`)).not.toContain(secret.slice(0, 6));
    }
  });

  test("cannot put together what was taken apart", () => {
    const spaced = new Redactor();
    spaced.add("open sesame now");
    for (const between of ["\n", "\r\n", "\0", "\u2028", "\u202e\u007f"])
      expect(spaced.show(say`${`open${between}sesame${between}now`}`)).not.toContain("sesame");
    expect(spaced.show(say`<${"{%boom%}>"}`)).not.toContain("<{%");
    expect(spaced.show(say`${"<{"}${"%boom%}>"}`)).not.toContain("<{%");
  });

  test("is one line of at most 300 characters, or as many as are asked for", () => {
    expect(String(say`${"a b ".repeat(200)}`)).toHaveLength(300);
    expect(String(quoted("a b ".repeat(200), 40))).toHaveLength(40);
    expect(String(say`${"one\r\ntwo\tthree"}`)).toBe("one two three");
  });

  test("keeps letters of every script, and what joins them", () => {
    for (const name of ["Zürich – 東京", "می‌خواهم", "👩‍💻 bot", "Ελλάς"]) expect(String(say`${name}`)).toBe(name);
  });
});

describe("what a redactor takes out", () => {
  test("is every secret in every form, in a text of any length", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const small = redactor.redact(text).toLowerCase();
        expect(CORES.filter((core) => small.includes(core))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a sentence", () => {
  test("keeps what is ours as it stands, and numbers", () => {
    expect(String(say`password: ${42} tokens, set NEXUS_PASSWORD=…`)).toBe("password: 42 tokens, set NEXUS_PASSWORD=…");
  });

  test("may stand in another one, and is still no one else's", () => {
    const long = say`${"a"} ${"b ".repeat(100)}`;
    expect(String(say`${long}, ${long}`).length).toBeGreaterThan(390);
  });

  test("is joined with others, without those that say nothing", () => {
    expect(String(joined([say`a`, say``, say`${""}`, say`b`], ", "))).toBe("a, b");
    expect(joined([]).isEmpty).toBe(true);
  });

  test("has an end, however many problems it lists", () => {
    const problems = joined(Array.from({ length: 5_000 }, () => say`${"a problem "}`));
    expect(String(problems).length).toBeLessThanOrEqual(32_768);
  });

  test("takes whatever is put in as somebody else's, also where it comes from another copy of this code", () => {
    const foreign: unknown = structuredClone(say`a`);
    expect(Reflect.apply(say, undefined, [["", "."], foreign])).toBeInstanceOf(Message);
  });
});

test("what is kept of others' words is safe, too, and nothing stays nothing", () => {
  expect(redactor.clean(null)).toBeNull();
  expect(redactor.clean(`Bearer abcdef0123456789abcdef\n<{%boom%}>`)).toBe("Bearer [redacted] <{ %boom%}>");
  expect(NO_SECRETS.clean("a".repeat(10), 4)).toBe("…");
});

test("a sentence is shown as one where Node shows an error with all that it has", () => {
  expect(inspect(Object.assign(new Error("x"), { hint: say`Set ${"it"}.` }))).toContain("hint: Set it.");
});
