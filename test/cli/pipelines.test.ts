/** The scripts of examples/preview-stack where what they call fails: they must not take "nobody knows" for "nothing is there". */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pieceOf, RUN } from "../docs/commands/places.ts";
import { lineOf, receipt } from "../unit/facts.ts";
import { CLI, execute, plainEnvironment, REPOSITORY } from "./command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pipelines-"));
  const example = join(REPOSITORY, "examples", "preview-stack");
  await cp(join(example, "ci"), join(folder, "ci"), { recursive: true });
  await cp(join(example, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await mkdir(join(folder, "bin"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that writes down how it was called, and then does this. */
async function stub(name: string, script: string): Promise<void> {
  const file = join(folder, "bin", name);
  await writeFile(file, `#!/usr/bin/env bash\necho "${name} $*" >>"$CALLS"\n${script}\n`);
  await chmod(file, 0o755);
}

function run(script: string, args: readonly string[] = [], more: Record<string, string> = {}) {
  return bash([join(folder, "ci", script), ...args], more);
}

async function bash(args: readonly string[], more: Record<string, string> = {}) {
  const calls = join(folder, "calls.txt");
  await writeFile(calls, "");
  const env = plainEnvironment({
    CALLS: calls,
    PATH: [join(folder, "bin"), process.env.PATH].join(delimiter),
    PULUMI_BACKEND_URL: "file:///nowhere",
    REZOLVE_TENANT_ID: "t-1",
    GITHUB_REPOSITORY: "",
    CI_API_V4_URL: "",
    GITHUB_RUN_ID: "",
    CI_JOB_URL: "",
    COMMENTS_FOLDER: join(folder, "comments"),
    ...more,
  });
  const ended = await execute("bash", args, { cwd: folder, env });
  return { ...ended, calls: (await readFile(calls, "utf8")).trimEnd().split("\n") };
}

/** What stands on the pull request; null without a comment. */
async function comment(): Promise<string | null> {
  const [file] = await readdir(join(folder, "comments")).catch(() => []);
  return file === undefined ? null : readFile(join(folder, "comments", file), "utf8");
}

/** The command as it is shipped, with no vendor to ask. */
const COMMAND = `shift; exec "${process.execPath}" "${CLI}" "$@"`;
const NO_VENDOR = {
  REZOLVE_BASE_URL: "http://127.0.0.1:1",
  REZOLVE_TOKEN: "a-synthetic-token-for-nobody",
  REZOLVE_RETRY_BUDGET_SECONDS: "1",
};

const LISTED = (...names: string[]) => `echo '${JSON.stringify(names.map((name) => ({ name })))}'`;

/** A backend with these stacks, until they are removed. */
const backendWith = async (names: readonly string[], more = "") => {
  const stacks = join(folder, "stacks.txt");
  await writeFile(stacks, names.map((name) => `${name}\n`).join(""));
  await stub(
    "pulumi",
    `case "$*" in
${more}
"stack ls --json") node -p 'JSON.stringify(fs.readFileSync(process.argv[1], "utf8").split("\\n").slice(0, -1).map((name) => ({ name })))' "${stacks}" ;;
"stack rm "*) grep -vE "(^|/)$3\\$" "${stacks}" >"${stacks}.new"; mv "${stacks}.new" "${stacks}" ;;
"stack export "*) grep -qE "(^|/)$4\\$" "${stacks}" ;;
esac`,
  );
};

test("without the list of stacks, the reaper sweeps nothing, and says that it failed", async () => {
  await stub("pulumi", "exit 1");
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh");
  expect(code).not.toBe(0);
  expect(calls).toEqual(["pulumi stack ls --json"]);
});

test("without one stack's export, neither", async () => {
  await stub("pulumi", `[[ "$*" == "stack ls --json" ]] && { ${LISTED("prod", "pr-7")}; exit 0; }; exit 1`);
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh", [], { CLOSED_PULL_REQUESTS: "1" });
  expect(code).not.toBe(0);
  expect(calls.filter((call) => call.startsWith("npx"))).toEqual([]);
});

test("the reaper destroys only closed pull requests' stacks, and leaves out what every other stack has", async () => {
  await backendWith(["org/shop/prod", "pr-7", "pr-8", "pr-base"]);
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh", [], { CLOSED_PULL_REQUESTS: "8 base" });
  expect(code).toBe(0);
  const destroyed = calls.filter((call) => call.startsWith("pulumi destroy"));
  expect(destroyed).toEqual(["pulumi destroy --stack pr-8 --yes --skip-preview --non-interactive"]);
  const [plan = "", apply = ""] = calls.filter((call) => call.startsWith("npx"));
  for (const sweep of [plan, apply]) {
    expect(sweep).toContain(
      "--exclude-managed exports/prod.json --exclude-managed exports/pr-7.json --exclude-managed exports/pr-base.json",
    );
  }
  expect(calls.some((call) => call.includes("cancel"))).toBe(false);
});

test("a reaper that is to sweep nothing destroys stacks alone, and wants no tenant", async () => {
  await backendWith(["pr-7", "pr-8"]);
  await stub("npx", "exit 0");
  const never = { SWEEP_OLDER_THAN: "never", REZOLVE_TENANT_ID: "", CLOSED_PULL_REQUESTS: "8" };
  const { code, calls } = await run("reap.sh", [], never);
  expect(code).toBe(0);
  expect(calls.filter((call) => call.startsWith("pulumi destroy"))).toHaveLength(1);
  expect(calls.some((call) => call.startsWith("npx"))).toBe(false);
});

test("a stack that cannot be destroyed fails the reaper, keeps no other, and its clients are not swept", async () => {
  await backendWith(["pr-7", "pr-8"], '"destroy --stack pr-7"*) exit 1 ;;');
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh", [], { CLOSED_PULL_REQUESTS: "7 8" });
  expect(code).toBe(1);
  expect(calls.filter((call) => call.startsWith("pulumi destroy"))).toHaveLength(2);
  expect(calls.find((call) => call.includes("--apply"))).toContain("--exclude-managed exports/pr-7.json");
});

test("a backend that does not answer is no stack that was never made, and neither is a list that is none", async () => {
  const closed = { CLOSED_PULL_REQUESTS: "7" };
  await stub("pulumi", "exit 1");
  expect((await run("down.sh", ["7"], closed)).code).not.toBe(0);
  await stub("pulumi", `echo "warning: a newer version is there"; ${LISTED("pr-7")}`);
  expect((await run("down.sh", ["7"], closed)).code).not.toBe(0);
  await stub("pulumi", LISTED("pr-77", "pr-8"));
  const { code, calls } = await run("down.sh", ["7"], closed);
  expect(code).toBe(0);
  expect(calls).toEqual(["pulumi stack ls --json"]);
});

test("a reaper that was not told of the backend or the tenant sweeps nothing: an empty list would have all swept", async () => {
  await backendWith([]);
  await stub("npx", "exit 0");
  for (const missing of ["PULUMI_BACKEND_URL", "REZOLVE_TENANT_ID"]) {
    const { code, calls } = await run("reap.sh", [], { [missing]: "" });
    expect(code).not.toBe(0);
    expect(calls.filter((call) => call.startsWith("npx"))).toEqual([]);
  }
  const { code, calls } = await run("reap.sh");
  expect(code).toBe(0);
  expect(calls.filter((call) => call.includes("--no-exclude-managed"))).toHaveLength(2);
});

type State = "open" | "closed" | "closed, persist" | "open, delete-in-use";

/** Where pull requests are, and what its program says of them; of any other number that it is not found. */
const HOSTS = [
  {
    host: "GitHub",
    env: { GITHUB_REPOSITORY: "shop/web" },
    program: "gh",
    // What gh makes of --jq.
    say: (number: string, state: State) =>
      `*env.LABEL*) echo ${state.includes("delete-in-use") ? "yes" : "no"} ;;
"api repos/shop/web/pulls/${number} "*) echo ${state === "closed" ? state : "open"} ;;`,
  },
  {
    host: "GitLab",
    env: { CI_API_V4_URL: "https://git.example.test/api/v4", CI_PROJECT_ID: "5", GITLAB_COMMENT_TOKEN: "synthetic" },
    program: "curl",
    say: (number: string, state: State) => {
      const [is, ...labels] = state.split(", ");
      return `*"/projects/5/merge_requests/${number}") echo '${JSON.stringify({ state: is, labels })}' ;;`;
    },
  },
];

describe.each(HOSTS)("on $host", ({ env, program, say }) => {
  const pullRequests = (states: Record<string, State>) => {
    const said = Object.entries(states).map(([number, state]) => say(number, state));
    return stub(program, `case "$*" in\n${said.join("\n")}\n*) echo "Not Found" >&2; exit 22 ;;\nesac`);
  };
  const destroyed = (calls: readonly string[]) =>
    calls.flatMap((call) => /^pulumi destroy --stack (\S+)/.exec(call)?.[1] ?? []);

  test("a pull request that is not found keeps its stack, fails the reaper, and keeps no other", async () => {
    await backendWith(["pr-99999", "pr-8", "pr-9", "pr-10"]);
    await stub("npx", "exit 0");
    await pullRequests({ 8: "closed", 9: "open", 10: "closed" });
    const { code, calls, stdout, stderr } = await run("reap.sh", [], env);
    expect(code).toBe(1);
    expect(destroyed(calls)).toEqual(["pr-8", "pr-10"]);
    expect(stderr).toContain("Nobody says whether pull request 99999 is closed, so its stack stays.");
    expect(stdout).toContain("::warning::ci/down.sh 99999 failed");
    const sweeps = calls.filter((call) => call.startsWith("npx"));
    expect(sweeps).toHaveLength(2);
    for (const sweep of sweeps) {
      expect(sweep).toContain("sweep --exclude-managed exports/pr-99999.json --exclude-managed exports/pr-9.json --");
    }
    const byHand = await run("down.sh", ["99999"], { ...env, CLOSED_PULL_REQUESTS: "99999" });
    expect(byHand.code).toBe(0);
    expect(destroyed(byHand.calls)).toEqual(["pr-99999"]);
  });

  test.each(["open", "closed, persist"] as const)("one that is %s keeps its stack, whoever calls", async (state) => {
    await backendWith(["pr-7"]);
    await stub("npx", "exit 0");
    await pullRequests({ 7: state });
    for (const script of ["down.sh", "reap.sh"]) {
      const { code, calls, stdout } = await run(script, ["7"], env);
      expect(code).toBe(0);
      expect(destroyed(calls)).toEqual([]);
      expect(stdout).toContain("Pull request 7 is not closed, or has the label persist: its stack stays.");
    }
  });

  test("what is in use goes only while the label delete-in-use is set, and the comment says so", async () => {
    await stub("pulumi", "exit 0");
    await stub("npx", `echo "1 objection" >comment.md; [[ "$*" != *--fail-if-active-tokens* ]]`);
    const updated = (calls: readonly string[]) => calls.filter((call) => call.startsWith("pulumi up"));
    for (const states of [{ 7: "open" }, {}] as const) {
      await pullRequests(states);
      const { code, calls } = await run("up.sh", ["7"], env);
      expect(code).toBe(1);
      expect(calls.find((call) => call.startsWith("npx"))).toContain("--fail-if-active-tokens 0");
      expect(updated(calls)).toEqual([]);
      expect(await comment()).toContain(
        "1 objection\n\nClients that are in use go with the label `delete-in-use`: set it,",
      );
    }
    await pullRequests({ 7: "open, delete-in-use" });
    const { code, calls } = await run("up.sh", ["7"], env);
    expect(code).toBe(0);
    expect(updated(calls)).toHaveLength(1);
    expect(await comment()).not.toContain("delete-in-use");
  });

  test("one that is closed loses it, and one that nobody can ask about does not", async () => {
    await backendWith(["pr-7"]);
    await pullRequests({});
    const unknown = await run("down.sh", ["7"], env);
    expect(unknown.code).toBe(1);
    expect(destroyed(unknown.calls)).toEqual([]);
    await pullRequests({ 7: "closed" });
    const { code, calls } = await run("down.sh", ["7"], env);
    expect(code).toBe(0);
    expect(destroyed(calls)).toEqual(["pr-7"]);
    expect(calls.at(-1)).toBe("pulumi stack rm pr-7 --yes --non-interactive");
  });
});

test("a label that nobody can be asked about, or that is another, is none", async () => {
  const labels = (...names: string[]) => JSON.stringify({ state: "opened", labels: names });
  await stub("curl", `echo '${labels("delete-in-use-later", "persist")}'`);
  const gitlab = {
    CI_API_V4_URL: "https://git.example.test/api/v4",
    CI_PROJECT_ID: "5",
    GITLAB_COMMENT_TOKEN: "synthetic",
  };
  expect((await run("label.sh", ["7", "delete-in-use"], gitlab)).stdout).toBe("no\n");
  await stub("curl", "exit 22");
  expect((await run("label.sh", ["7", "delete-in-use"], gitlab)).code).not.toBe(0);
  expect((await run("label.sh", ["7", "delete-in-use"])).stdout).toBe("no\n");
});

test("whoever knows that a pull request is closed says so, as the page has it", async () => {
  await backendWith(["pr-42"]);
  await stub("npx", "exit 0");
  const [down] = RUN.pipelines;
  const { code, calls } = await bash(["-c", pieceOf(down).code], { GITHUB_REPOSITORY: "shop/web" });
  expect(code).toBe(0);
  expect(calls).toContain("pulumi destroy --stack pr-42 --yes --skip-preview --non-interactive");
});

test("a stack of another name is no pull request's, however much it looks like one", async () => {
  await backendWith(["pr-007", "pr-7a", "pr-0"]);
  await stub("npx", "exit 0");
  const { code, calls } = await run("reap.sh", [], { CLOSED_PULL_REQUESTS: "7 007 7a 0" });
  expect(code).toBe(0);
  expect(calls.some((call) => call.startsWith("pulumi destroy"))).toBe(false);
});

test("a failed preview stops a pipeline before anything is changed", async () => {
  await stub("pulumi", '[[ "$1" == "preview" ]] && exit 1; exit 0');
  await stub("npx", "exit 0");
  const { code, calls } = await run("up.sh", ["7"]);
  expect(code).not.toBe(0);
  expect(calls.some((call) => call.startsWith("pulumi up"))).toBe(false);
});

test("without a limit, as Nexus needs it, nothing that is in use stops a pipeline", async () => {
  await stub("pulumi", "exit 0");
  await stub("npx", ": >comment.md");
  const { code, calls } = await run("up.sh", ["7"], { MOST_ACTIVE_TOKENS: "any" });
  expect(code).toBe(0);
  expect(calls.find((call) => call.startsWith("npx"))).not.toContain("--fail-if");
});

describe("without a result of impact, a pipeline fails, and the comment says that nobody knows", () => {
  const urn = "urn:pulumi:pr-7::preview-stack::pulumi-nodejs:dynamic/rezolve:OAuthClient::billing";
  const type = "pulumi-nodejs:dynamic/rezolve:OAuthClient";
  const id = "client-550e8400-e29b-41d4-a716-446655440001";
  const outputs = { name: "billing", connection: "default", tenantId: "t-1" };
  const preview = (diagnostics: readonly object[] = []) =>
    JSON.stringify({ steps: [{ op: "delete", urn, oldState: { urn, type, id, outputs } }], diagnostics });
  const previewed = (text: string, code = 0) =>
    stub("pulumi", `[[ "$1" == preview ]] && { cat <<'TEXT'\n${text}\nTEXT\nexit ${code}; }; exit 0`);

  beforeEach(async () => {
    await stub("npx", COMMAND);
    await previewed(preview());
    expect((await run("up.sh", ["7"], NO_VENDOR)).code).toBe(1);
    expect(await comment()).toContain("**Do not merge yet**: 1 objection");
  });

  const EARLY = /^<!-- oauth-clients impact: preview-stack\/pr-7 -->\n\n### ❓ Nobody knows what this change deletes/;

  test("where its threshold is mistyped", async () => {
    const link = { GITHUB_RUN_ID: "77", GITHUB_SERVER_URL: "https://git.example.test", GITHUB_REPOSITORY: "shop/web" };
    const { code, calls, stderr } = await run("up.sh", ["7"], { ...NO_VENDOR, ...link, MOST_ACTIVE_TOKENS: "none" });
    expect(code).toBe(2);
    expect(stderr).toContain("It must be a whole number.");
    expect(await comment()).toMatch(EARLY);
    expect(await comment()).toContain(
      "**Do not merge yet**: `oauth-clients impact` ended with exit code 2. The log of [this run](https://git.example.test/shop/web/actions/runs/77) says more.",
    );
    expect(calls.filter((call) => call.startsWith("pulumi up"))).toEqual([]);
  });

  test("where the preview is none", async () => {
    await previewed(`warning: a newer version is there\n${preview()}`);
    expect((await run("up.sh", ["7"], NO_VENDOR)).code).toBe(2);
    expect(await comment()).toMatch(EARLY);
    expect(await comment()).toContain("ended with exit code 2, configuration-invalid.");
  });

  test.each([1, 2, 127, 0])("where the command is not there, and npx ends with %d", async (ended) => {
    await stub("npx", `exit ${ended}`);
    const { code, calls } = await run("up.sh", ["7"], NO_VENDOR);
    expect(code).toBe(ended === 0 ? 1 : ended);
    expect(await comment()).toMatch(EARLY);
    expect(await comment()).not.toContain("objection");
    expect(calls.filter((call) => call.startsWith("pulumi up"))).toEqual([]);
  });

  test("where the preview failed half-way: why is in the log alone, and what it found is in the comment, too", async () => {
    await previewed(preview([{ severity: "error", message: "no database at db.example.test as hunter2" }]), 1);
    const { code, stderr } = await run("up.sh", ["7"], { ...NO_VENDOR, MOST_ACTIVE_TOKENS: "5" });
    expect(code).not.toBe(0);
    expect(stderr).toContain("hunter2");
    expect(await comment()).toMatch(EARLY);
    expect(await comment()).toMatch(
      /: the preview failed\. The log of this run says more\.\n\nWhat was found out before:\n\n### /,
    );
    expect(await comment()).not.toContain("hunter2");
  });

  test("where there is no stack to preview", async () => {
    await stub("pulumi", '[[ "$*" == "stack select"* ]] && exit 255; exit 0');
    expect((await run("up.sh", ["7"], NO_VENDOR)).code).not.toBe(0);
    expect(await comment()).toMatch(EARLY);
  });

  test("also where there was no comment: none means that nothing is deleted", async () => {
    await rm(join(folder, "comments"), { recursive: true });
    await stub("npx", "exit 127");
    await run("up.sh", ["7"], NO_VENDOR);
    expect(await comment()).toMatch(EARLY);
  });

  test("and a result takes its place again", async () => {
    await stub("npx", "exit 127");
    await run("up.sh", ["7"], NO_VENDOR);
    await stub("npx", COMMAND);
    await previewed('{"steps":[]}');
    const { code, calls } = await run("up.sh", ["7"], NO_VENDOR);
    expect(code).toBe(0);
    expect(calls.filter((call) => call.startsWith("pulumi up"))).toHaveLength(1);
    expect(await comment()).toBe("<!-- oauth-clients impact: preview-stack/pr-7 -->\n\nNothing is deleted any more.\n");
  });
});

describe("once a stack is destroyed, its pull request is told what was revoked", () => {
  const urn = "urn:pulumi:pr-7::preview-stack::rezolve:OAuthClient::web";
  const CLOSED = {
    CLOSED_PULL_REQUESTS: "7",
    GITHUB_RUN_ID: "77",
    GITHUB_SERVER_URL: "https://git.example.test",
    GITHUB_REPOSITORY: "shop/web",
  };
  const ARTIFACT =
    "\n\nThe receipts file is an artifact of [this run](https://git.example.test/shop/web/actions/runs/77).\n";
  const kept = async (count: number, torn = "") => {
    const lines = Array.from({ length: count }, (_, at) =>
      lineOf(receipt({ urn, id: `client-${at}`, name: `pr-7-service-of-a-long-name-${at}`, tokensRevoked: 2 })),
    );
    await mkdir(join(folder, "receipts"), { recursive: true });
    await writeFile(join(folder, "receipts", "pr-7.jsonl"), `${lines.join("\n")}\n${torn}`);
  };

  beforeEach(async () => {
    await backendWith(["pr-7"]);
    await stub("npx", COMMAND);
  });

  test("in no more characters than the server takes, the totals first", async () => {
    await kept(2_000);
    expect((await run("down.sh", ["7"], CLOSED)).code).toBe(0);
    const text = (await comment()) ?? "";
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toMatch(
      /^<!-- .+ -->\n\n### OAuth clients of `pr-7` are deleted\n\n2000 clients: .+; 4000 tokens revoked/,
    );
    const rows = text.split("\n").filter((line) => line.startsWith("| `")).length;
    expect(rows).toBeGreaterThan(100);
    expect(text.endsWith(`\n\n… and ${2_000 - rows} more; the receipts file has them all.\n${ARTIFACT.slice(1)}`)).toBe(
      true,
    );
  });

  test.each([
    ["a torn line", COMMAND, '{"receipt', 1, "1 client: 1 deleted; 2 tokens revoked"],
    ["a command that is not there", "exit 127", "", 127, "### OAuth clients of `pr-7` are deleted\n\n\n**This"],
  ])("also with %s, which fails the run", async (_, npx, torn, code, said) => {
    await stub("npx", npx);
    await kept(1, torn);
    const ended = await run("down.sh", ["7"], CLOSED);
    expect(ended.code).toBe(code);
    expect(ended.calls).toContain("pulumi stack rm pr-7 --yes --non-interactive");
    const text = await comment();
    expect(text).toContain(said);
    expect(text).toContain(`**This is not all**: \`oauth-clients receipts\` ended with exit code ${code}.${ARTIFACT}`);
  });

  test("also where the stack could not be removed, which fails the run", async () => {
    await backendWith(["pr-7"], '"stack rm "*) exit 255 ;;');
    await kept(1);
    expect((await run("down.sh", ["7"], CLOSED)).code).toBe(255);
    expect(await comment()).toContain("1 client: 1 deleted; 2 tokens revoked");
  });

  test("and where it cannot be told, the reaper says so, and goes on", async () => {
    await kept(1);
    await stub("gh", "exit 1");
    await stub("npx", `[[ "$2" == sweep ]] && exit 0; ${COMMAND}`);
    const { code, calls } = await run("reap.sh", [], { ...CLOSED, COMMENTS_FOLDER: "" });
    expect(code).toBe(1);
    expect(calls).toContain("pulumi stack rm pr-7 --yes --non-interactive");
    expect(calls.filter((call) => call.startsWith("npx pulumi-oauth-clients sweep"))).toHaveLength(2);
  });
});

test("a comment that nobody has written is not taken for an empty one", async () => {
  expect((await run("comment.sh", ["7", "impact", "missing.md"])).code).not.toBe(0);
  expect(await comment()).toBeNull();
});

test("a project of another name finds its comment again", async () => {
  await writeFile(join(folder, "Pulumi.yaml"), 'name: "shop.web"\nruntime: nodejs\n');
  await writeFile(join(folder, "comment.md"), "<!-- oauth-clients impact: shop.web/pr-7 -->\n\n1 client\n");
  const bot = { id: 5, user: { type: "Bot" }, body: "<!-- oauth-clients impact: shop.web/pr-7 -->\n\nearlier" };
  await stub(
    "gh",
    `[[ "$*" == *--paginate* ]] && { [[ "$MARKER" == "${bot.body.split("\n")[0]}" ]] && echo ${bot.id}; }; exit 0`,
  );
  const { code, calls } = await run("comment.sh", ["7", "impact", "comment.md"], {
    COMMENTS_FOLDER: "",
    GITHUB_REPOSITORY: "shop/web",
  });
  expect(code).toBe(0);
  expect(calls.at(-1)).toContain("--method PATCH repos/shop/web/issues/comments/5");
  const text = await readFile(join(folder, "comment.md.marked"), "utf8");
  expect(text).toBe("<!-- oauth-clients impact: shop.web/pr-7 -->\n\n1 client\n");
});

test("on GitLab, a note of somebody else with the same marker is left alone", async () => {
  const body = "<!-- oauth-clients impact: preview-stack/pr-7 -->\n\nearlier";
  const notes = (authors: readonly number[]) =>
    JSON.stringify(authors.map((author, at) => ({ id: 10 + at, author: { id: author }, body })));
  const gitlab = (...authors: number[]) =>
    stub("curl", `case "$*" in *"/user") echo '{"id":5}' ;; *"page=1") echo '${notes(authors)}' ;; esac`);
  const env = {
    COMMENTS_FOLDER: "",
    CI_API_V4_URL: "https://git.example.test/api/v4",
    CI_PROJECT_ID: "3",
    GITLAB_COMMENT_TOKEN: "synthetic",
  };
  await writeFile(join(folder, "comment.md"), "1 client\n");
  await gitlab(66, 67);
  const written = await run("comment.sh", ["7", "impact", "comment.md"], env);
  expect(written.code).toBe(0);
  expect(written.calls.at(-1)).toMatch(/--data-urlencode body@comment\.md\.marked .*\/merge_requests\/7\/notes$/);
  await gitlab(66, 5);
  const edited = await run("comment.sh", ["7", "impact", "comment.md"], env);
  expect(edited.code).toBe(0);
  expect(edited.calls.at(-1)).toMatch(/--request PUT .*\/merge_requests\/7\/notes\/11$/);
});
