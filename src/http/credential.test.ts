import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeError } from "../core/errors.ts";
import { say } from "../core/text.ts";
import { assertToken, fixedToken, tokenFile } from "./credential.ts";

const SOURCE = say`the environment variable REZOLVE_TOKEN_FILE`;

function fileWith(text: string): { path: string; replace(text: string): void; replaceUnnoticed(text: string): void } {
  const directory = mkdtempSync(join(tmpdir(), "credential-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "token");
  writeFileSync(path, text);
  const write = (next: string, seconds: number) => {
    const { mtimeMs } = statSync(path);
    writeFileSync(path, next);
    utimesSync(path, mtimeMs / 1_000, mtimeMs / 1_000 + seconds);
  };
  write(text, 0);
  return { path, replace: (next) => write(next, 5), replaceUnnoticed: (next) => write(next, 0) };
}

describe("a token that is a value", () => {
  test("is sent as it is, and there is never another", async () => {
    const credential = fixedToken("abc.def", say`the token from somewhere`);
    expect(await credential.headers()).toEqual({ authorization: "Bearer abc.def" });
    expect(credential.canRefresh).toBe(false);
    expect(await credential.refresh({ authorization: "Bearer old" })).toBe(false);
    expect(String(credential.source)).not.toContain("abc.def");
  });
});

describe("a token in a file", () => {
  test("is read without the line break at its end, and made known to whoever keeps it out of messages", async () => {
    const seen: string[] = [];
    const credential = tokenFile(fileWith("abc.def\n").path, SOURCE, (token) => seen.push(token));
    expect(seen).toEqual([]);
    expect(await credential.headers()).toEqual({ authorization: "Bearer abc.def" });
    expect(seen).toEqual(["abc.def"]);
  });

  test("is read again when the file changes, and only then", async () => {
    const seen: string[] = [];
    const file = fileWith("first");
    const credential = tokenFile(file.path, SOURCE, (token) => seen.push(token));
    await credential.headers();
    await credential.headers();
    expect(seen).toEqual(["first"]);
    file.replace("second");
    expect(await credential.headers()).toEqual({ authorization: "Bearer second" });
    expect(seen).toEqual(["first", "second"]);
  });

  test("is read again after a refusal, also where the file does not look changed", async () => {
    const file = fileWith("first");
    const credential = tokenFile(file.path, SOURCE, () => {});
    const refused = await credential.headers();
    expect(await credential.refresh(refused)).toBe(false);
    file.replaceUnnoticed("second");
    expect(await credential.refresh(refused)).toBe(true);
    expect(await credential.headers()).toEqual({ authorization: "Bearer second" });
  });

  test("is new to every request that the old one was refused to, not just to the first", async () => {
    const file = fileWith("first");
    const credential = tokenFile(file.path, SOURCE, () => {});
    const refused = await credential.headers();
    file.replaceUnnoticed("second");
    expect(await credential.refresh(refused)).toBe(true);
    expect(await credential.refresh(refused)).toBe(true);
    expect(await credential.refresh(await credential.headers())).toBe(false);
  });

  test.each([
    ["is empty", (path: string) => writeFileSync(path, "")],
    ["is half a document", (path: string) => writeFileSync(path, '{"tok')],
    ["is gone", (path: string) => rmSync(path)],
  ])("goes on as it was while the file %s, because it is being rewritten", async (_what, rewrite) => {
    const file = fileWith("first");
    const credential = tokenFile(file.path, SOURCE, () => {});
    await credential.headers();
    rewrite(file.path);
    await credential.check();
    expect(await credential.headers()).toEqual({ authorization: "Bearer first" });
    writeFileSync(file.path, "second");
    expect(await credential.headers()).toEqual({ authorization: "Bearer second" });
  });

  test("is waited for where the file is being rewritten at the first use and after a refusal", async () => {
    const file = fileWith("");
    const credential = tokenFile(file.path, SOURCE, () => {});
    setTimeout(() => file.replace("first"), 20);
    const refused = await credential.headers();
    expect(refused).toEqual({ authorization: "Bearer first" });
    file.replace("");
    setTimeout(() => file.replace("second"), 20);
    expect(await credential.refresh(refused)).toBe(true);
    expect(await credential.headers()).toEqual({ authorization: "Bearer second" });
  });

  test("that is still none after a refusal is an error, whatever it was before", async () => {
    const file = fileWith("first");
    const credential = tokenFile(file.path, SOURCE, () => {});
    const refused = await credential.headers();
    file.replace("");
    const error = await credential.refresh(refused).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration-invalid", message: expect.stringContaining("it is empty") });
  });

  test("that is missing is an error that names the file and where its name came from", async () => {
    const credential = tokenFile("/nowhere/token", SOURCE, () => {});
    const error = await credential.headers().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration-invalid" });
    for (const part of ["/nowhere/token", String(SOURCE), "ENOENT"])
      expect(String(describeError(error))).toContain(part);
  });

  test("that is none is an error without its text", async () => {
    const credential = tokenFile(fileWith('{"token":"s3cr3t-value"}').path, SOURCE, () => {});
    const error = await credential.headers().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration-invalid" });
    expect(String(describeError(error))).toContain(String(SOURCE));
    expect(String(describeError(error))).not.toContain("s3cr3t-value");
  });
});

describe("what can be a bearer token", () => {
  test.each(["abc", "a.b-c_d~e+f/g", "eyJhbGciOiJub25lIn0.e30.", "YWJj==", "0"])("%s", (token) => {
    expect(() => assertToken(token, SOURCE)).not.toThrow();
  });

  test.each(["", " ", "a b", "Bearer abc", '"abc"', "abc\n", "abc\r\nx-evil: 1", "a=b", "{}", "é"])(
    "not %j",
    (token) => {
      expect(() => assertToken(token, SOURCE)).toThrow(
        expect.objectContaining({ code: "configuration-invalid", message: expect.stringContaining(String(SOURCE)) }),
      );
    },
  );
});
