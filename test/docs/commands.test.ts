/** What the pages tell a reader to type, typed: with the packed packages, in folders that were empty, for both vendors. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/release/packing.ts";
import { Tenant, VENDORS, type VendorName } from "../cli/tenant.ts";
import { ELSEWHERE, homeless, pieceOf, RUN, type Scenario, Typed } from "./commands/places.ts";
import { Reader, type Typing } from "./commands/reader.ts";
import { INSTALL_LIMIT_MS, tarballs } from "./commands/tarballs.ts";
import { patternOf, vendorWords, type Words } from "./commands/words.ts";

/** The others are in commands/. */
const HERE: readonly Scenario[] = [
  "firstUse",
  "settings",
  "check",
  "list",
  "impact",
  "verifySecrets",
  "adopt",
  "sweep",
  "receipts",
  "completion",
];

let packed: { folder: string; words: Words };
const typed = new Typed();

beforeAll(async () => {
  packed = await tarballs();
}, INSTALL_LIMIT_MS);
afterAll(() => rm(packed.folder, { recursive: true, force: true }));

test("everything that the pages tell a reader to type has its place", () => {
  expect(homeless().map(({ code, pages }) => `${pages.join(", ")}: ${code}`)).toEqual([]);
});

test.each(ELSEWHERE)("$piece: $because", async ({ piece: name, steps }) => {
  expect(pieceOf(name).code).toContain(name);
  const pipeline = await readFile(join(ROOT, ".ci", "run"), "utf8");
  for (const step of steps) expect(pipeline.split("\n").filter((line) => line.startsWith(step))).toHaveLength(1);
});

/** The program of the pages for this vendor. */
async function programOf(vendor: VendorName): Promise<string> {
  if (vendor === "nexus") return await readFile(join(ROOT, "examples", "nexus", "index.ts"), "utf8");
  const pages = await Promise.all(
    ["README.md", "docs/getting-started.md"].map((page) => readFile(join(ROOT, page), "utf8").catch(() => "")),
  );
  const programs = [...pages.join("\n").matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);
  const program = programs.find((code) => code.includes("new rezolve.OAuthClient(") && code.includes("export const"));
  if (program === undefined) throw new Error("No page has the program of a first use.");
  return program;
}

// One thing after another, in one folder: what failed cannot be done once more.
describe.each(VENDORS)("%s", { retry: 0 }, (vendor) => {
  const isRezolve = vendor === "rezolve";
  let tenant: Tenant;
  let reader: Reader;

  beforeAll(async () => {
    tenant = await Tenant.open();
    reader = await Reader.open();
    reader.words = [...packed.words, ...(await vendorWords(vendor, tenant.sandbox))];
  });
  afterAll(async () => {
    await reader?.close();
    await tenant?.close();
  });

  const names = () =>
    tenant.sandbox.clients
      .list({ vendor })
      .map(({ name }) => name)
      .sort();
  const idOf = (name: string) => tenant.sandbox.clients.find(name)?.id ?? "";
  const own = isRezolve ? "CI bot" : "Nightly sync";

  /** A client that a preview stack left behind a month ago. */
  async function previewClient(name: string): Promise<void> {
    const id = await tenant.client(vendor, name);
    tenant.sandbox.clients.edit(id, { createdAt: new Date(Date.now() - 30 * 86_400_000).toISOString() });
  }

  /** Types a piece, and gives what it printed. */
  const said = async (name: string, typing: Typing = {}) => (await reader.type(typed.piece(name).code, typing)).stdout;

  /** What somebody signed in and took tokens for: the three tokens and the session of the page. */
  async function use(): Promise<void> {
    const stated = await reader.type("pulumi stack output --json --show-secrets");
    const { clientId, clientSecret } = JSON.parse(stated.stdout);
    const client = { clientId, clientSecret };
    await tenant.sandbox.issueToken(client);
    await tenant.sandbox.issueToken(client);
    tenant.sandbox.clients.edit(idOf(own), {
      grantTypes: ["client_credentials", "authorization_code"],
      redirectUris: ["https://bot.example.test/callback"],
    });
    await tenant.sandbox.signIn(client);
  }

  test(
    "the first use, from an empty folder to a receipt",
    async () => {
      // What `pulumi new typescript` makes, which fetches its template from elsewhere.
      await reader.write("Pulumi.yaml", "name: shop\nruntime: nodejs\n");
      await reader.write("package.json", JSON.stringify({ name: "shop", private: true, main: "index.ts" }));
      await reader.write("index.ts", await programOf(vendor));
      const [install, life, receipts] = RUN.firstUse;
      await said(install);
      await reader.type("pulumi stack init dev");
      const { shows } = pieceOf(life);
      expect(shows).toContain("3 tokens revoked, 1 session ended");
      const printed = await said(life, { before: isRezolve ? { "pulumi destroy": use } : {} });
      if (isRezolve) expect(printed).toMatch(patternOf(shows ?? ""));
      else expect(printed).toMatch(/deleted Nexus OAuth client "Nightly sync" .*: the vendor gives no counts/);
      expect(names()).toEqual([]);
      const table = await said(receipts);
      if (isRezolve) expect(table).toContain("1 client: 1 deleted; 3 tokens revoked, 1 session ended.");
      else expect(table).toContain("2 clients: 2 deleted;");
    },
    INSTALL_LIMIT_MS,
  );

  test("settings in the environment, in the stack config and of a second connection, each of them checked", async () => {
    await reader.type("pulumi stack init prod");
    const [first, second] = RUN.settings;
    const [check, checkSecond] = RUN.check;
    await said(first);
    expect(await said(check)).toContain("A deployment could work.");
    await said(second);
    expect(await said(checkSecond)).toContain("A deployment could work.");
    const { stdout } = await reader.type("pulumi config --json");
    expect(Object.keys(JSON.parse(stdout))).toEqual([`${vendor}:baseUrl`, `${vendor}:connections`, `${vendor}:token`]);
    await reader.type("pulumi up --skip-preview");
    await reader.type("export OAUTH_CLIENTS_RECEIPTS_FILE=receipts.jsonl");
    for (const file of ["export.json", "dev.json"]) await reader.type(`pulumi stack export --file ${file}`);
  });

  test("list", async () => {
    await previewClient("pr-1");
    const [prefixed, used, unmanaged, forImport, managed] = RUN.list;
    const byName = await said(prefixed);
    expect(byName).toContain("pr-1");
    expect(byName).not.toContain(own);
    expect(await said(used)).toBe("");
    const left = await said(unmanaged);
    expect(left).toContain("pr-1");
    expect(left).not.toContain(own);
    await said(forImport);
    const { resources } = JSON.parse(await reader.read("clients.json"));
    expect(resources).toMatchObject([{ type: expect.stringContaining(`oauth-clients:${vendor}:`), name: "pr-1" }]);
    expect(await said(managed)).toMatch(new RegExp(`^${own} .* shop/prod$`, "m"));
  });

  test("impact", async () => {
    const [previewed, preview, previewFile, destroy, stack] = RUN.impact;
    // The program without its clients, for one preview.
    await reader.write("index.ts", "export const nothing = null;\n");
    await said(previewed);
    const comment = await reader.read("comment.md");
    expect(comment).toMatch(/^<!-- oauth-clients impact: shop\/prod -->/);
    expect(comment).toContain(own);
    await said(preview);
    expect(await said(previewFile)).toBe(comment);
    await reader.write("index.ts", await programOf(vendor));
    // What nobody says exceeds a threshold, too: Nexus has neither dates nor counts.
    const code = isRezolve ? 0 : 1;
    expect(await said(destroy, { code })).toContain(own);
    expect(await said(stack, { code })).toContain(own);
  });

  test("verify-secrets", async () => {
    const [named, exported] = RUN.verifySecrets;
    // The portal of Nexus' example gets tokens for people only: of its secret nobody can tell.
    const [code, summary] = isRezolve ? [0, "1 of 1 secrets work."] : [1, "1 of 2 secrets work."];
    const printed = await said(named, { code });
    expect(printed).toContain(summary);
    expect(printed).not.toContain("rejected");
    if (!isRezolve) expect(printed).toMatch(/^Customer portal .* unknown /m);
    const prefix = vendor.toUpperCase();
    const settings = {
      [`${prefix}_TOKEN`]: undefined,
      [`${prefix}_TOKEN_URL`]: tenant.sandbox.tokenUrl,
      [`${prefix}_AUTH_CLIENT_ID`]: "pipeline",
      [`${prefix}_AUTH_CLIENT_SECRET`]: "synthetic secret of the pipeline",
    };
    expect(await said(exported, { code, with: settings })).toContain(summary);
  });

  test("adopt, whose program the next up takes over", async () => {
    const id = await tenant.client(vendor, "billing-bot");
    const words = reader.words;
    reader.words = [...words, ["client-550e8400-e29b-41d4-a716-446655440001", id]];
    const [one, mine, vendors] = RUN.adopt;
    expect(await said(one)).toContain(`adopt: { id: "${id}", mustMatch: true }`);
    for (const name of [mine, vendors]) {
      await rm(reader.path("billing.ts"), { force: true });
      await said(name);
      expect(await reader.read("billing.ts")).toContain(`adopt: { id: "${id}", mustMatch: true }`);
    }
    reader.words = words;
    await reader.write("index.ts", `import "./billing";\n${await programOf(vendor)}`);
    tenant.sandbox.requests.clear();
    await reader.type("pulumi up --skip-preview");
    for (const method of ["POST", "PATCH", "PUT", "DELETE"])
      expect(tenant.sandbox.requests.count({ method }), method).toBe(0);
    await reader.type("pulumi state unprotect --all");
  });

  test("sweep, by a plan that somebody confirms and by one that a pipeline carries out", async () => {
    await reader.type("pulumi stack export --file dev.json");
    await reader.type(`export TENANT=${tenant.id}`);
    const [plan, apply, planAgain, applyAtOnce] = RUN.sweep;
    await said(plan);
    expect(names()).toContain("pr-1");
    await said(apply, { answer: tenant.id });
    expect(names()).not.toContain("pr-1");
    await previewClient("pr-2");
    await said(planAgain);
    await said(applyAtOnce);
    expect(names()).toEqual(isRezolve ? ["CI bot", "billing-bot"] : ["Customer portal", "Nightly sync", "billing-bot"]);
  });

  test("receipts, and the end of the stack", async () => {
    await reader.type("pulumi destroy");
    expect(names()).toEqual([]);
    await reader.write("runs/1/receipts.jsonl", await reader.read("receipts.jsonl"));
    const [table, csv, html, page, pageOfMany, verify, byHand, takeOut] = RUN.receipts;
    expect(await said(table)).toContain("pr-1");
    await said(csv);
    expect(await reader.read("november.csv")).toContain("billing-bot");
    for (const name of [html, page]) {
      await rm(reader.path("report.html"), { force: true });
      await said(name);
      expect(await reader.read("report.html")).toContain("billing-bot");
    }
    expect(await said(pageOfMany)).toContain("billing-bot");
    const whole = await reader.read("receipts.jsonl");
    const lines = whole.trimEnd().split("\n").length;
    const torn = whole.replace("\n", `\n${whole.slice(0, 80)}\n`);
    await reader.write("receipts.jsonl", torn);
    await expect(said(verify)).rejects.toThrow("line 2 is torn");
    await said(takeOut);
    expect(await reader.read("receipts.jsonl.torn")).toBe(torn);
    expect(await said(verify)).toContain(`${lines} of ${lines} lines are intact.`);
    await said(byHand);
    // And it can fail.
    await reader.write(
      "receipts.jsonl",
      (await reader.read("receipts.jsonl")).replaceAll('"forced":false', '"forced":true'),
    );
    await expect(said(byHand)).rejects.toThrow("FAILED");
    await reader.type("pulumi stack rm prod");
  });

  test("completion", async () => {
    await said(RUN.completion[0]);
  });
});

test("nothing of this was left out", () => {
  expect(typed.missing(...HERE)).toEqual([]);
});
