import { access, appendFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DestroyOptions, DestroyResult } from "@pulumi/pulumi/automation/index.js";
import { afterEach, describe, expect, test } from "vitest";
import { destroyWithReport, RunFailed } from "../../src/automation/index.ts";
import { lineOf, receipt as receiptWith } from "../unit/facts.ts";

const KEY = "OAUTH_CLIENTS_REPORT_FILE";
const RESULT: DestroyResult = {
  stdout: "",
  stderr: "",
  summary: {
    kind: "destroy",
    startTime: new Date(0),
    message: "",
    environment: {},
    config: {},
    result: "succeeded",
    endTime: new Date(1),
    version: 1,
  },
};
const BACKEND_GONE = "error: could not reach the backend";

const receipt = (id: string) => receiptWith({ id, name: null, tokensRevoked: 2 });

type Workspace = { envVars: Record<string, string> };

/** A stack whose destroy does what a test says, with the file that the provider would write into. */
class Stub {
  readonly workspace: Workspace;
  /** The file that each run was to write into, as its engine would have seen it. */
  readonly files: (string | undefined)[] = [];
  state: () => unknown = () => ({ resources: [] });
  destroys: (file: string) => Promise<void> = async () => {};

  constructor(workspace: Workspace = { envVars: {} }) {
    this.workspace = workspace;
  }

  async destroy(_options?: DestroyOptions): Promise<DestroyResult> {
    // The Automation API reads the environment only after some preparations.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const file = this.workspace.envVars[KEY];
    this.files.push(file);
    if (file !== undefined) folders.push(dirname(file));
    await this.destroys(file ?? "");
    return RESULT;
  }

  async exportStack(): Promise<{ deployment: unknown }> {
    return { deployment: this.state() };
  }
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const isThere = (path: string | undefined) =>
  access(path ?? "").then(
    () => true,
    () => false,
  );
const write = (file: string, ...ids: string[]) =>
  appendFile(file, ids.map((id) => `${lineOf(receipt(id))}\n`).join(""));
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "did not fail",
    (error: unknown) => error,
  );
const backendGone = () => {
  throw new Error(BACKEND_GONE);
};

describe("a report", () => {
  test("says what was deleted and what remains, and leaves nothing behind", async () => {
    const stack = new Stub();
    stack.destroys = (file) => write(file, "client-1");
    stack.state = () => ({
      resources: [
        { urn: "urn:stack", type: "pulumi:pulumi:Stack" },
        { urn: "urn:provider", type: "pulumi:providers:pulumi-nodejs" },
        { urn: "urn:bot", type: "pulumi-nodejs:dynamic/rezolve:OAuthClient" },
      ],
    });
    expect(await destroyWithReport(stack)).toEqual({
      receipts: [receipt("client-1")],
      totals: expect.objectContaining({ clients: 1, tokensRevoked: 2 }),
      remaining: ["urn:bot"],
      pendingCreates: [],
      empty: false,
      problems: [],
      result: RESULT,
    });
    expect(stack.workspace.envVars).toEqual({});
    expect(await isThere(folders[0])).toBe(false);
  });

  test("of a failed run keeps its receipts and its cause where the state cannot be exported either", async () => {
    const stack = new Stub();
    const cause = new Error("error: the vendor is down");
    stack.destroys = async (file) => {
      await write(file, "client-1");
      throw cause;
    };
    stack.state = backendGone;
    const error = await failure(destroyWithReport(stack));
    expect(error).toBeInstanceOf(RunFailed);
    expect(error).toMatchObject({
      cause,
      message: expect.stringMatching(
        /^The run failed after at least 1 deletions; what remains is not known: error: the vendor is down\n.*could not be exported/,
      ),
      report: {
        receipts: [receipt("client-1")],
        totals: { clients: 1, tokensRevoked: 2 },
        remaining: null,
        empty: null,
        problems: [expect.stringContaining(BACKEND_GONE)],
      },
    });
  });

  test("of a failed run counts no client as deleted that the state only forgot", async () => {
    const stack = new Stub();
    stack.destroys = async (file) => {
      await write(file, "client-1");
      const forgotten = receiptWith({ id: "client-2", outcome: "abandoned" });
      await appendFile(file, `${lineOf(forgotten)}\n`);
      throw new Error("the vendor is down");
    };
    expect(await failure(destroyWithReport(stack))).toMatchObject({
      message: expect.stringContaining("failed after 1 deletions and 1 that the state only forgot; 0 resources remain"),
      report: { totals: { clients: 2, outcomes: { deleted: 1, abandoned: 1 } } },
    });
  });

  test("of a failed run tells deletions from those that nobody has confirmed", async () => {
    const stack = new Stub();
    stack.destroys = async (file) => {
      await write(file, "client-1");
      const open = receiptWith({ id: "client-2", outcome: "unconfirmed", httpStatus: 0, responseLost: true });
      await appendFile(file, `${lineOf(open)}\n`);
      throw new Error("error: the vendor is down");
    };
    expect(await failure(destroyWithReport(stack))).toMatchObject({
      message: expect.stringContaining("failed after 1 deletions and 1 that nobody has confirmed; 0 resources remain"),
      report: { totals: { clients: 2, outcomes: { deleted: 1, unconfirmed: 1 } } },
    });
  });

  describe("of a stack in which a killed run left a creation open", () => {
    const open = {
      type: "creating",
      resource: { urn: "urn:bot", type: "pulumi-nodejs:dynamic/rezolve:OAuthClient", inputs: { name: "CI bot" } },
    };
    const others = [
      { type: "deleting", resource: { urn: "urn:other", type: "acme:Other" } },
      {
        type: "creating",
        resource: {
          urn: "urn:secret",
          type: "acme:Other",
          inputs: { name: { "4dabf18193072939515e22adb298388d": "x" } },
        },
      },
    ];
    const BOTH = [
      { urn: "urn:bot", name: "CI bot" },
      { urn: "urn:secret", name: null },
    ];

    test.each([
      ["forgets it", {}],
      ["keeps it", { pending_operations: [open, ...others] }],
    ])("names it, and does not call the stack empty, where the next command %s", async (_what, afterwards) => {
      const stack = new Stub();
      let state: object = { resources: [], pending_operations: [open, ...others] };
      stack.state = () => state;
      stack.destroys = async () => {
        state = { resources: [], ...afterwards };
      };
      expect(await destroyWithReport(stack)).toMatchObject({
        remaining: [],
        pendingCreates: BOTH,
        empty: null,
        problems: [
          expect.stringMatching(/^A killed run began to create "CI bot" \(urn:bot\), urn:secret: nobody knows/),
        ],
      });
    });

    test("names it also where the stack is removed after that", async () => {
      const stack = new Stub();
      stack.state = () => ({ pending_operations: [open] });
      const { pendingCreates, empty } = await destroyWithReport(stack, { remove: true });
      expect({ pendingCreates, empty }).toEqual({ pendingCreates: [BOTH[0]], empty: null });
    });

    test("does not know of it where the state could be exported only afterwards", async () => {
      const stack = new Stub();
      let isThereYet = false;
      stack.state = () => (isThereYet ? {} : backendGone());
      stack.destroys = async () => {
        isThereYet = true;
      };
      expect(await destroyWithReport(stack)).toMatchObject({
        remaining: [],
        pendingCreates: null,
        empty: null,
        problems: [
          expect.stringContaining(`left creations open is not known, because the state could not be exported`),
        ],
      });
    });
  });

  test.each([
    ["cannot be exported", backendGone],
    ["is nothing that is known", () => ({ resources: [{ urn: 1 }] })],
  ])("of a successful run keeps its receipts where the state %s", async (_what, state) => {
    const stack = new Stub();
    stack.destroys = (file) => write(file, "client-1");
    stack.state = state;
    expect(await destroyWithReport(stack)).toMatchObject({
      receipts: [receipt("client-1")],
      remaining: null,
      empty: null,
      problems: [expect.stringContaining("What remains in the stack is not known")],
      result: RESULT,
    });
  });

  test("of a run that also removed the stack is empty without asking for its state", async () => {
    const stack = new Stub();
    stack.destroys = async () => {
      stack.state = backendGone;
    };
    expect(await destroyWithReport(stack, { remove: true })).toMatchObject({
      remaining: [],
      empty: true,
      problems: [],
    });
  });

  test.each(["succeeds", "fails"])("of a run that %s has the other receipts beside a foreign line", async (how) => {
    const stack = new Stub();
    const cause = new Error("error: 1 error occurred");
    stack.destroys = async (file) => {
      await write(file, "client-1");
      await appendFile(file, `${JSON.stringify({ receipt: 3 })}\nnone\n`);
      await write(file, "client-2");
      if (how === "fails") throw cause;
    };
    const run = await failure(destroyWithReport(stack).then((report) => Promise.reject({ report, cause })));
    expect(run).toMatchObject({
      cause,
      report: {
        receipts: [receipt("client-1"), receipt("client-2")],
        empty: true,
        problems: [
          `Not all receipts of this run count: line 2 is of a newer version of this package; line 3 is no receipt. They are kept in ${stack.files[0]}. The Pulumi project has a newer version of this package than this program: give both the same. Something else writes there.`,
        ],
      },
    });
    expect(await isThere(stack.files[0])).toBe(true);
    expect(stack.workspace.envVars).toEqual({});
  });

  test.each([
    ["is torn", (line: string) => line.slice(0, 80), "A disk that was full, or a provider that was killed"],
    [
      "was altered after it was written",
      (line: string) => line.replace("CI bot", "CI bat"),
      "This package alters no line",
    ],
  ])("whose line %s blames no version", async (is, spoil, cause) => {
    const stack = new Stub();
    stack.destroys = async (file) => appendFile(file, `${spoil(lineOf(receiptWith()))}\n`);
    const { problems } = await destroyWithReport(stack);
    expect(problems).toEqual([expect.stringContaining(`line 1 ${is}. They are kept in ${stack.files[0]}. ${cause}`)]);
    expect(problems.join()).not.toContain("version");
  });

  test("whose receipts cannot be read says so, and where they are", async () => {
    const stack = new Stub();
    const cause = new Error("error: 1 error occurred");
    stack.destroys = async (file) => {
      await mkdir(join(file, "not-a-file"), { recursive: true });
      throw cause;
    };
    const error = await failure(destroyWithReport(stack));
    expect(error).toBeInstanceOf(RunFailed);
    expect(error).toMatchObject({ cause, report: { receipts: [], empty: true } });
    expect(error).toHaveProperty("report.problems", [expect.stringContaining(`are kept in ${stack.files[0]}: EISDIR`)]);
    expect(await isThere(stack.files[0])).toBe(true);
  });
});

describe("runs on one workspace", () => {
  test("wait for each other, also after a failed one, and each has its own receipts", async () => {
    const workspace = { envVars: { [KEY]: "/tmp/own.jsonl", OTHER: "stays" } };
    const stacks = ["client-1", "client-2", "client-3"].map((id, index) => {
      const stack = new Stub(workspace);
      stack.destroys = async (file) => {
        await write(file, id);
        if (index === 1) throw new Error("error: the second one fails");
      };
      return stack;
    });
    const [first, second, third] = await Promise.allSettled(stacks.map((stack) => destroyWithReport(stack)));
    expect(first).toMatchObject({ value: { receipts: [receipt("client-1")] } });
    expect(second).toMatchObject({ reason: { report: { receipts: [receipt("client-2")] } } });
    expect(third).toMatchObject({ value: { receipts: [receipt("client-3")] } });
    expect(new Set(stacks.flatMap(({ files }) => files)).size).toBe(3);
    expect(workspace.envVars).toEqual({ [KEY]: "/tmp/own.jsonl", OTHER: "stays" });
  });

  test("do not hold up those on another", async () => {
    const [slow, fast] = [new Stub(), new Stub()];
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    slow.destroys = () => released;
    const waiting = destroyWithReport(slow);
    expect(await destroyWithReport(fast)).toMatchObject({ empty: true });
    release();
    expect(await waiting).toMatchObject({ empty: true });
  });

  test("leave alone what others set in its environment meanwhile", async () => {
    const stack = new Stub({ envVars: { REZOLVE_TOKEN: "old-token" } });
    stack.destroys = async () => {
      stack.workspace.envVars = { ...stack.workspace.envVars, REZOLVE_TOKEN: "new-token" };
      stack.workspace.envVars.ADDED = "yes";
    };
    await destroyWithReport(stack);
    expect(stack.workspace.envVars).toEqual({ REZOLVE_TOKEN: "new-token", ADDED: "yes" });
    stack.destroys = async () => {
      stack.workspace.envVars = { [KEY]: "/tmp/theirs.jsonl" };
    };
    await destroyWithReport(stack);
    expect(stack.workspace.envVars).toEqual({ [KEY]: "/tmp/theirs.jsonl" });
  });
});
