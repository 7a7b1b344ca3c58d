/** `oauth-clients impact` where not all is known: no format takes that for good news, and the exit code says whose fault it is. */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exported, resource } from "./stack-documents.ts";
import { Tenant, VENDORS } from "./tenant.ts";

let tenant: Tenant;
beforeAll(async () => {
  tenant = await Tenant.open();
});
beforeEach(() => tenant.reset());
afterAll(() => tenant.close());

const FORMATS = ["table", "json", "markdown", "junit"] as const;

/** The same in every format. */
async function inFormats(file: string, env: Record<string, string> = {}) {
  const shown = { table: "", json: "", markdown: "", junit: "" };
  let [code, stderr]: [number | null, string] = [null, ""];
  for (const format of FORMATS) {
    const ended = await tenant.run(["impact", file, "--format", format], { env });
    shown[format] = ended.stdout;
    ({ code, stderr } = ended);
  }
  return { ...shown, code, stderr };
}

describe.each(VENDORS)("%s", (vendor) => {
  let file: string;
  beforeEach(async () => {
    tenant.only(vendor);
    const outputs = { name: "bot", tenantId: tenant.id };
    const client = resource(vendor, "client", "bot", { id: await tenant.client(vendor, "bot"), outputs });
    file = await exported(tenant.file("export.json"), client);
  });

  test("a vendor that is down leaves a case with an error for each deletion", async () => {
    const down = { [`${vendor.toUpperCase()}_BASE_URL`]: "http://127.0.0.1:1" };
    const { code, stderr, junit, json } = await inFormats(file, down);
    expect(code).toBe(2);
    expect(stderr).toContain("[vendor-unavailable]: Not everything could be looked at");
    expect(junit).toContain('tests="1" failures="0" errors="1" skipped="0"');
    expect(junit).toMatch(/<error message="Cannot see/);
    expect(JSON.parse(json).deletions).toMatchObject([{ is: "unknown", problemCode: "vendor-unavailable" }]);
  });

  test("with --no-look the cases are skipped", async () => {
    const { code, stdout } = await tenant.run(["impact", file, "--no-look", "--format", "junit"]);
    expect(code).toBe(0);
    expect(stdout).toContain('tests="1" failures="0" errors="0" skipped="1"');
  });

  test("settings that cannot work are said to be those, and not the vendor's fault", async () => {
    const prefix = vendor.toUpperCase();
    const { code, stderr } = await tenant.run(["impact", file], {
      env: {
        [`${prefix}_CLIENT_ID`]: "a",
        [`${prefix}_CLIENT_SECRET`]: "synthetic-secret-of-a",
        [`${prefix}_TOKEN_URL`]: "https://login.example.test",
      },
    });
    expect(code).toBe(2);
    expect(stderr).toContain("oauth-clients [configuration-invalid]: ");
    expect(stderr).not.toContain("Not everything could be looked at");
  });
});

test("a client that these credentials need not see is unknown, with the reason, and no good news", async () => {
  tenant.only("nexus");
  const { username, password } = tenant.sandbox.nexus.basicUser;
  for (const key of ["NEXUS_TOKEN", "NEXUS_APPLICATION_TOKEN"]) delete tenant.env[key];
  Object.assign(tenant.env, { NEXUS_USERNAME: username, NEXUS_PASSWORD: password });
  const outputs = { name: "of another team", tenantId: tenant.id };
  const client = resource("nexus", "client", "other", { id: "a-client-of-another-team", outputs });
  const file = await exported(tenant.file("export.json"), client);
  const { code, json, markdown, junit } = await inFormats(file);
  const why = "these credentials need not see every client: that takes client.read.all";
  expect(JSON.parse(json).deletions).toMatchObject([
    { is: "unknown", problem: expect.stringContaining(why), problemCode: null },
  ]);
  expect(markdown).toContain("**Look closer**");
  expect(markdown).toContain(why);
  expect(junit).toContain('tests="1" failures="0" errors="1"');
  // Without a threshold it only tells.
  expect(code).toBe(0);
  expect((await tenant.run(["impact", file, "--fail-if-active-tokens", "0"])).code).toBe(1);
});

test("a preview that failed is said to have, whatever it says of deletions", async () => {
  const diagnostics = [{ severity: "error", message: "error: the program threw\n" }];
  const file = tenant.file("failed.json");
  await writeFile(file, JSON.stringify({ steps: [], diagnostics }));
  const { code, stderr, table, json, markdown, junit } = await inFormats(file);
  expect(code).toBe(2);
  expect(stderr).toContain("[configuration-invalid]: The preview itself failed");
  expect(table).toContain("The preview failed, so this may not be all.");
  expect(table).not.toContain("Nothing is deleted");
  expect(JSON.parse(json)).toMatchObject({ errors: ["error: the program threw"], deletions: [] });
  expect(markdown).toContain("**The preview failed, so this may not be all**: its log says why.");
  expect(junit).toContain('tests="1" failures="0" errors="1" skipped="0"');
});
