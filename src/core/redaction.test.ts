import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Redactor } from "./redaction.ts";
import { identifier, quoted, say } from "./text.ts";

/** Others' words as a sentence shows them. */
const quote = (words: string, longest = 300) => String(quoted(words, longest));

/** Every way in which a secret may stand in a text. */
const forms = (secret: string): string[] => [
  secret,
  JSON.stringify(secret),
  JSON.stringify({ held: { inside: secret } }),
  encodeURIComponent(secret),
  `https://api.example.test/?q=${encodeURIComponent(secret)}`,
  Buffer.from(secret).toString("base64"),
];

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

const anySecret = fc
  .string({
    minLength: 6,
    maxLength: 60,
    unit: fc.oneof(fc.constantFrom(...'aZ09+/=%"\\\n &?é'), fc.string({ minLength: 1, maxLength: 1 })),
  })
  // Pieces of the mark itself are no secrets that could be kept out of a text with the mark in it.
  .filter((secret) => !"[redacted]".includes(secret));

describe("a registered secret", () => {
  test("survives in no form, wherever it stands", () => {
    fc.assert(
      fc.property(anySecret, fc.string(), fc.string(), (secret, before, after) => {
        const redactor = redactorOf(secret);
        for (const form of forms(secret)) {
          const clean = redactor.redact(`${before}${form}${after}`);
          expect(clean).not.toContain(secret);
          expect(clean).not.toContain(JSON.stringify(secret).slice(1, -1));
          expect(clean).not.toContain(encodeURIComponent(secret));
          expect(clean).not.toContain(Buffer.from(secret).toString("base64"));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("survives beside others, also where one contains the other", () => {
    const redactor = redactorOf("short-1", "short-1-and-longer", "other-2");
    expect(redactor.redact("a short-1-and-longer b short-1 c other-2 d other-2")).toBe(
      "a [redacted] b [redacted] c [redacted] d [redacted]",
    );
  });

  test("leaves no end over where it overlaps another one", () => {
    const redactor = redactorOf("aaaa-bbbb", "bbbb-cccc-dddd");
    expect(redactor.redact("x aaaa-bbbb-cccc-dddd y aaaa-bbbbbbbb-cccc-dddd z")).toBe(
      "x [redacted] y [redacted][redacted] z",
    );
  });

  test("is known in every form, also where it is itself the form of another one", () => {
    const inner = "t0p?s3cret";
    const outer = Buffer.from(inner).toString("base64");
    const redactor = redactorOf(inner, outer);
    for (const form of forms(outer)) expect(redactor.redact(form)).not.toContain(form);
  });

  test("costs a line as much beside thousands of others as alone", () => {
    const redactor = new Redactor();
    for (let index = 0; index < 10_000; index += 1) redactor.add(`rzsec_live_${index}_0123456789+/="`);
    const line =
      'created OAuth client "CI bot" (client-1) in tenant 5a4dbc0e with rzsec_live_77_0123456789+/=" '.padEnd(
        200,
        "rzsec_live_",
      );
    const start = performance.now();
    for (let run = 0; run < 500; run += 1) expect(redactor.redact(line)).toContain("5a4dbc0e with [redacted] rzsec");
    // Looking for each secret in each line took 3 seconds, this takes some 20 ms.
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test("is replaced in a text only, and no word around it", () => {
    expect(redactorOf("t0p-s3cret").redact("token t0p-s3cret of client-1 in tenant-1")).toBe(
      "token [redacted] of client-1 in tenant-1",
    );
  });

  test("that is missing, empty or too short to be one blanks out nothing", () => {
    const redactor = new Redactor();
    for (const none of [null, undefined, "", "a", "12345"]) redactor.add(none);
    expect(redactor.redact("a null undefined 12345 text")).toBe("a null undefined 12345 text");
  });

  test("may be text that no address can carry", () => {
    const secret = "half-a-pair-\ud800-of-two";
    expect(redactorOf(secret).redact(`x ${secret} y`)).toBe("x [redacted] y");
  });
});

describe("what looks like a credential is replaced although nobody registered it", () => {
  const table: [text: string, clean: string][] = [
    ["Authorization: Bearer abc123def456ghi789", "Authorization: Bearer [redacted]"],
    ["authorization: bearer token-abc123-def456", "authorization: bearer [redacted]"],
    ["Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted]"],
    ["got eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln here", "got [redacted] here"],
    ["token_eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", "token_[redacted]"],
  ];
  test.each(table)("%s", (text, clean) => {
    expect(redactorOf().redact(text)).toBe(clean);
    expect(redactorOf().redact(clean)).toBe(clean);
  });
});

describe("what others call a secret is taken out of their words", () => {
  const table: [text: string, clean: string][] = [
    ['{"clientSecret":"s3cr3t"}', '{"clientSecret":[redacted]}'],
    ['{"newClientSecret": "a \\" b"}', '{"newClientSecret": [redacted]}'],
    ["client_secret=s3cr3t&grant_type=x", "client_secret=[redacted]&grant_type=x"],
    ["access_token=abc, next", "access_token=[redacted], next"],
    ['"password": "hunter2"', '"password": [redacted]'],
    ["apiKey: abc", "apiKey: [redacted]"],
    ["{'client_secret': 'it is a secret'}", "{'client_secret': [redacted]}"],
    ['{"secret":"abc","name":"x"}', '{"secret":[redacted],"name":"x"}'],
    ["client-secret=abc", "client-secret=[redacted]"],
  ];
  test.each(table)("%s", (text, clean) => {
    expect(quote(text)).toBe(clean);
    expect(quote(clean)).toBe(clean);
  });

  test("and a URN, whose parts stand between two colons, names none", () => {
    for (const name of ["api-key", "access-token", "reset-password"]) {
      for (const urn of [`urn:pulumi:dev::${name}::a:b:C::bot`, `urn:pulumi:${name}::clients::a:b:C::bot`]) {
        expect(quote(urn)).toBe(urn);
      }
    }
  });

  test("and not out of our own sentences", () => {
    const ours = 'Connection "default" has no password: set NEXUS_PASSWORD in the environment.';
    expect(redactorOf().redact(ours)).toBe(ours);
  });
});

describe("what identifies something", () => {
  const NAMES = [
    "api-key:1",
    "api-key:2",
    "password=1",
    "Basic reporting-service-account",
    "my:access-token:Type$a:b:C",
  ];

  test.each(NAMES)("stays whole where it only resembles a secret: %s", (name) => {
    expect(redactorOf().identifier(name)).toBe(name);
    expect(redactorOf().show(say`deleted client "${identifier(name)}": 3 tokens`)).toBe(
      `deleted client "${name}": 3 tokens`,
    );
  });

  test("has no secret in it that is known, or certainly one", () => {
    const redactor = redactorOf("t0p-s3cret");
    expect(redactor.identifier("api-key:t0p-s3cret")).toBe("api-key:[redacted]");
    expect(redactor.identifier("Bearer abcdef0123456789abcdef")).toBe("Bearer [redacted]");
    expect(redactor.identifier("id-eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln")).toBe("id-[redacted]");
    expect(redactor.identifier("a\u001b[2Jb\n<{%boom%}>")).toBe("a [2Jb <{ %boom%}>");
    expect(redactor.identifier(null)).toBeNull();
  });

  test("leaves the words beside it as they would be without it", () => {
    const shown = redactorOf().show(
      say`client "${identifier("api-key:1")}": ${"Basic dXNlcjpwYXNzd29yZA== password=x"}`,
    );
    expect(shown).toBe('client "api-key:1": Basic [redacted] password=[redacted]');
  });
});

describe("a text without secrets stays as it is", () => {
  test.each([
    'Cannot delete OAuth client "CI bot" (client-1) in tenant tenant-1: HTTP 404.',
    "What stands in the environment variable REZOLVE_TOKEN is not a bearer token. It must be the bare token, without the word Bearer, quotes or line breaks.",
    "the token in the file /run/token (the environment variable REZOLVE_TOKEN_FILE)",
    "Bearer authentication is required",
    "Basic authentication failed; bearer credentials are missing",
    "tokensRevoked: 245, activeSessionsTerminated: 12",
    "a basic fact",
  ])("%s", (text) => {
    expect(redactorOf("t0p-s3cret").redact(text)).toBe(text);
  });

  test("whatever it is", () => {
    const anyWords = fc.array(
      fc.constantFrom("client-1", "tenant", "HTTP", "409", "deleted", "é", "\n", '"', "{", ":"),
    );
    fc.assert(
      fc.property(anyWords, (words) => {
        const text = words.join(" ");
        expect(redactorOf("t0p-s3cret").redact(text)).toBe(text);
      }),
    );
  });
});

describe("somebody else's words", () => {
  test("are one line without anything that could forge another", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc
            .oneof(fc.integer({ min: 0, max: 0xff }), fc.constantFrom(0x2028, 0x2029))
            .map((code) => String.fromCodePoint(code)),
        }),
        (words) => {
          const evil = [...quote(words)].filter((character) => {
            const code = character.codePointAt(0) ?? 0;
            return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029;
          });
          expect(evil).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each(["\n", "\r\n", "\u0085", "\u2028", "\u2029", "\u001b[2J", "\0", "\u007f"])("keep no %j", (evil) => {
    expect(quote(`gone${evil}info: deleted`)).not.toContain(evil);
  });

  test("are cut where they are too long, with a mark, and never within a word that may be a secret", () => {
    expect(quote("a".repeat(300))).toBe("a".repeat(300));
    expect(quote(`${"word ".repeat(60)}${"s".repeat(50)}`)).toBe(`${"word ".repeat(59)}word…`);
    expect(quote(`${"word ".repeat(59)}${"s".repeat(50)}`)).toBe(`${"word ".repeat(59)}…`);
    expect(quote("s".repeat(301))).toBe("…");
    expect(quote("one two three", 8)).toBe("one two…");
    expect(quote("one two three", 7)).toBe("one …");
  });

  test("stay as they are where there is nothing wrong with them", () => {
    expect(quote("OAuth client not found – client-1")).toBe("OAuth client not found – client-1");
    expect(quote("  around \t it  ")).toBe("around   it");
  });
});
