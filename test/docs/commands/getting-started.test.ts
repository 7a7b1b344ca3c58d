/** The first ten minutes, as their page has them, in a folder that was empty: for both vendors, with the sandbox beside it. */
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../tools/free-port.ts";
import { ROOT } from "../../../tools/release/packing.ts";
import { VENDORS, type VendorName } from "../../cli/tenant.ts";
import { RUN, Typed } from "./places.ts";
import { Reader } from "./reader.ts";
import { INSTALL_LIMIT_MS, tarballs } from "./tarballs.ts";
import { patternOf, type Words } from "./words.ts";

let packed: { folder: string; words: Words };
const typed = new Typed();

beforeAll(async () => {
  packed = await tarballs();
}, INSTALL_LIMIT_MS);
afterAll(() => rm(packed.folder, { recursive: true, force: true }));

/** The program that the page has for a vendor. */
function programOf(vendor: VendorName): string {
  const page = readFileSync(join(ROOT, "docs", "getting-started.md"), "utf8");
  const programs = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);
  return programs.find((code) => code.includes(`import { ${vendor} }`)) ?? "";
}

/** What the page says that is printed where the vendor counts nothing. */
function printedWithoutCounts(): string[] {
  const page = readFileSync(join(ROOT, "docs", "getting-started.md"), "utf8");
  const [, text = ""] = /^```text\n([^`]*the vendor gives no counts[^`]*)^```/m.exec(page) ?? [];
  return text.trimEnd().split("\n");
}

describe.each(VENDORS)("%s", { retry: 0 }, (vendor) => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await Reader.open();
  });
  afterAll(() => reader?.close());

  test(
    "from an empty folder to a destroy with counts, and on to a tenant",
    async () => {
      const [install, stack, start, rezolve, nexus, receipts, up, token, impact, destroy, remove, ...tenant] =
        RUN.gettingStarted;
      const [rezolveTenant, nexusTenant, ownStack, check] = tenant;
      const said = async (name: string) => (await reader.type(typed.piece(name).code)).stdout;
      // At a port where nobody else's sandbox is.
      const port = await freePort();
      const atPort: Words = [
        [/(?<=^npx pulumi-oauth-clients-sandbox)(?= |$)/gm, ` --port ${port}`],
        ["http://127.0.0.1:4010", `http://127.0.0.1:${port}`],
      ];
      reader.words = [...packed.words, ...atPort];
      await said(install);
      await said(stack);
      const sandbox = reader.begin(typed.piece(start).code);
      const printed = await sandbox.printed("Ctrl-C ends it.");
      const application = /NEXUS_APPLICATION_TOKEN=(\S+)/.exec(printed)?.[1] ?? "";
      reader.words = [...packed.words, ...atPort, ["APPLICATION_TOKEN=…", `APPLICATION_TOKEN=${application}`]];
      await said(vendor === "rezolve" ? rezolve : nexus);
      expect(await said(receipts)).toContain("A deployment could work.");
      await reader.write("index.ts", programOf(vendor));
      await said(up);
      expect(JSON.parse(await said(token))).toHaveProperty("access_token");
      expect(await said(impact)).toMatch(/1 deletion by a destroy: 1 alive/);
      const destroyed = await said(destroy);
      if (vendor === "rezolve") {
        expect(destroyed).toMatch(/deleted Rezolve OAuth client "CI bot" .*: 1 token revoked, 0 sessions ended/);
        expect(destroyed).toContain("1 client: 1 deleted; 1 token revoked, 0 sessions ended.");
      } else {
        const lines = printedWithoutCounts();
        expect(lines).toHaveLength(2);
        for (const line of lines) expect(destroyed).toMatch(patternOf(line));
      }
      await said(remove);

      const admin = (await reader.type("cat .sandbox/token")).stdout.trim();
      const url = `http://127.0.0.1:${port}`;
      reader.words = [
        ...packed.words,
        [/https:\/\/(api\.rezolve|nexus)\.example\.test/g, url],
        [/(?<=(REZOLVE|NEXUS)_TOKEN=)…/g, admin],
        ["APPLICATION_TOKEN=…", `APPLICATION_TOKEN=${application}`],
      ];
      await reader.newTerminal();
      await said(ownStack);
      await said(vendor === "rezolve" ? rezolveTenant : nexusTenant);
      expect(await said(check)).toContain("A deployment could work.");
      const made = await reader.type("pulumi stack output clientId");
      expect(made.stdout.trim()).not.toBe("");
      await reader.type("pulumi destroy");
      await reader.interrupt(sandbox);
    },
    INSTALL_LIMIT_MS,
  );
});

test("nothing of this was left out", () => {
  expect(typed.missing("gettingStarted")).toEqual([]);
});
