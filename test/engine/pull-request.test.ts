/** Preview stacks in pipelines: the scripts of examples/preview-stack, over a backend that many machines share. */
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseReceipts } from "pulumi-oauth-clients/automation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findEngine } from "../../tools/engine/engine.ts";
import { silent } from "../../tools/engine/progress.ts";
import { Stage } from "../../tools/pull-request/stage.ts";
import { play, type Scene } from "../../tools/pull-request/story.ts";
import { oauthClients } from "../cli/command.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RESULTS = join(ROOT, ".scratch", `pull-request-test-${process.pid}`);

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.set(await findEngine(), RESULTS, silent);
});
afterAll(async () => {
  await stage.close();
  await rm(RESULTS, { recursive: true, force: true });
});

/** A scene as people read it, without what is another thing each time. */
function told({ title, command, code, comment, clients }: Scene): string {
  const said = comment === null ? "_No comment._" : `\`${comment.file}\`:\n\n${comment.text.trimEnd()}`;
  const text = `## ${title}\n\n\`${command}\` ends with ${code}.\n\n${said}\n\nClients after it: ${clients.join(", ") || "none"}.\n`;
  // Of deletions at the same time, none comes first.
  const ordered = text.replaceAll(/(?:^\| `.*\n)+/gm, (rows) => `${rows.trimEnd().split("\n").sort().join("\n")}\n`);
  return ordered
    .replaceAll(/client-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "client-…")
    .replaceAll(/(pr_\d+_\w+?)_[0-9a-f]{12}/g, "$1_…")
    .replaceAll(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}Z/g, "2026-11-01 12:00Z");
}

test("the story of a pull request, from open to close and to the reaper, leaves comments that people want to read", async () => {
  const scenes = await play(
    stage,
    () => {},
    () => {},
  );
  expect(scenes.map(({ code }) => code)).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  await expect(`# Preview stacks\n\n${scenes.map(told).join("\n")}`).toMatchFileSnapshot("../golden/pull-request.md");
  // What it prints and keeps has no secret in it.
  const { REZOLVE_TOKEN = "" } = stage.environment;
  const kept = await promisify(execFile)("grep", ["-rlF", REZOLVE_TOKEN, RESULTS]).catch(() => ({ stdout: "" }));
  expect(kept.stdout).toBe("");
  expect(scenes.map(({ text }) => text).join("\n")).not.toContain(REZOLVE_TOKEN);
  const { receipts } = parseReceipts(await readFile(join(RESULTS, "receipts", "pr-7.jsonl"), "utf8"));
  expect(receipts.map(({ name, outcome, tokensRevoked }) => [name, outcome, tokensRevoked])).toEqual([
    ["pr-7-api", "deleted", 1],
  ]);
  const swept = parseReceipts(await readFile(join(RESULTS, "receipts", "sweep.jsonl"), "utf8")).receipts;
  expect(swept.map(({ name }) => name)).toEqual(["pr-9-web"]);
});

describe("ten stacks of ten clients, destroyed at once by processes of their own", () => {
  const stacks = Array.from({ length: 10 }, (_, at) => `ten-${at}`);
  const services = Array.from({ length: 10 }, (_, at) => `service-${at}`);
  const pulumi = (args: readonly string[], env: Record<string, string> = {}) =>
    stage.command("pulumi", [...args, "--non-interactive"], env);

  test("lose nothing: one receipts file each and one shared, with totals that are right", async () => {
    for (const stack of stacks) {
      expect(await pulumi(["stack", "init", stack])).toMatchObject({ code: 0 });
      const set = ["config", "set", "services", JSON.stringify(services), "--stack", stack];
      expect(await pulumi(set)).toMatchObject({ code: 0 });
      const { code, text } = await pulumi(["up", "--yes", "--skip-preview", "--stack", stack]);
      expect(code, text).toBe(0);
    }
    const before = stage.sandbox.clients.list().filter(({ name }) => name.startsWith("ten-"));
    expect(before).toHaveLength(100);
    for (const stack of stacks) {
      // Real tokens: of each service its number modulo three, nine for each stack.
      const { text } = await pulumi(["stack", "output", "--json", "--show-secrets", "--stack", stack]);
      const { clientIds, clientSecrets } = JSON.parse(text);
      for (const [at, service] of services.entries()) {
        const credentials = { clientId: clientIds[service], clientSecret: clientSecrets[service] };
        for (let token = 0; token < at % 3; token += 1) await stage.sandbox.issueToken(credentials);
      }
    }
    stage.sandbox.requests.clear();
    const shared = join(RESULTS, "shared.jsonl");
    const own = (stack: string) => join(RESULTS, `${stack}.jsonl`);
    const ended = await Promise.all(
      stacks.map((stack) =>
        pulumi(["destroy", "--yes", "--skip-preview", "--stack", stack], {
          OAUTH_CLIENTS_RECEIPTS_FILE: own(stack),
          OAUTH_CLIENTS_REPORT_FILE: shared,
        }),
      ),
    );
    expect(ended.map(({ code, text }) => (code === 0 ? 0 : text))).toEqual(stacks.map(() => 0));
    expect(stage.sandbox.requests.count({ method: "DELETE" })).toBe(100);
    expect(stage.sandbox.clients.list().filter(({ name }) => name.startsWith("ten-"))).toEqual([]);
    for (const stack of stacks) {
      const { receipts, unreadableLines } = parseReceipts(await readFile(own(stack), "utf8"));
      expect(unreadableLines).toEqual([]);
      expect(receipts.map(({ name }) => name).sort()).toEqual(services.map((service) => `${stack}-${service}`));
    }
    const all = await oauthClients(["receipts", shared, "--json"]);
    expect(JSON.parse(all.stdout).totals).toMatchObject({
      clients: 100,
      outcomes: { deleted: 100 },
      tokensRevoked: 90,
      unknownTokenCounts: 0,
    });
    const each = await oauthClients(["receipts", ...stacks.map(own), "--json"]);
    expect(JSON.parse(each.stdout)).toEqual({
      ...JSON.parse(all.stdout),
      receipts: expect.arrayContaining(JSON.parse(all.stdout).receipts),
    });
    // Nothing is left in the backend either.
    for (const stack of stacks) {
      const { text } = await pulumi(["stack", "export", "--stack", stack]);
      expect(JSON.parse(text).deployment.resources ?? []).toEqual([]);
    }
  });
});
