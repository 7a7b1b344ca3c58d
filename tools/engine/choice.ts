/** Decides, from facts that others have gathered, which Pulumi engine to use. No input or output here. */

/** How an engine was come by: found on PATH, installed by the Automation API, or built from Go modules. */
export type Kind = "path" | "install" | "build";

/** The order in which the ways are tried. */
export const KINDS: readonly Kind[] = ["path", "install", "build"];

/** The oldest CLI on PATH that the demo and the tests accept. */
export const OLDEST_CLI = "3.200.0";
/** The oldest Go that compiles the pinned CLI: the `go` line of `cli/go.mod`. */
export const OLDEST_GO = "1.26.0";

export type Verdict<T> = { usable: true; value: T } | { usable: false; reason: string };

const usable = <T>(value: T): Verdict<T> => ({ usable: true, value });
const unusable = (reason: string): { usable: false; reason: string } => ({ usable: false, reason });

/** Reads `v3.259.0`, `3.200.0-alpha.1+dirty`, `go1.26.8` or `go1.26`; undefined when there is no version in it. */
export function parseVersion(text: string): string | undefined {
  const match = /^(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:[+\s]|rc|beta|$)/.exec(text.trim());
  if (!match) return undefined;
  const [, major, minor, patch = "0", prerelease] = match;
  return `${Number(major)}.${Number(minor)}.${Number(patch)}${prerelease ? `-${prerelease}` : ""}`;
}

/** Whether a version is the other one or newer. A prerelease counts as the release it leads to: good enough for a floor. */
export function isAtLeast(version: string, floor: string): boolean {
  const numbers = (text: string) => (text.split("-")[0] ?? "").split(".").map(Number);
  const [left, right] = [numbers(version), numbers(floor)];
  for (const [index, wanted] of right.entries()) {
    const have = left[index] ?? 0;
    if (have !== wanted) return have > wanted;
  }
  return true;
}

/** What a look at PATH found. A file that is absent there is undefined. */
export interface PathFacts {
  pulumi?: string | undefined;
  /** What `pulumi version` printed, or why it printed nothing. */
  answer?: { output: string } | { failure: string } | undefined;
  languageHost?: string | undefined;
  dynamicProvider?: string | undefined;
}

/** Judges the `pulumi` on PATH: new enough, and with everything that a Node program with dynamic resources needs. */
export function judgePath(facts: PathFacts): Verdict<{ pulumi: string; version: string }> {
  const { pulumi, answer } = facts;
  if (!pulumi || !answer) return unusable("no pulumi on PATH");
  if ("failure" in answer) return unusable(`${pulumi} does not run: ${answer.failure}`);
  const version = parseVersion(answer.output);
  if (!version) return unusable(`${pulumi} does not tell its version`);
  if (!isAtLeast(version, OLDEST_CLI)) return unusable(`${pulumi} is ${version}, older than ${OLDEST_CLI}`);
  if (!facts.languageHost) return unusable(`${pulumi} has no pulumi-language-nodejs beside it or on PATH`);
  if (!facts.dynamicProvider) return unusable(`${pulumi} has no pulumi-resource-pulumi-nodejs beside it or on PATH`);
  return usable({ pulumi, version });
}

/** Judges whether this machine can build the engine. `go` is the path of the command, `answer` that of `go env GOVERSION`. */
export function judgeGo(facts: {
  platform: string;
  go?: string | undefined;
  answer?: PathFacts["answer"];
}): Verdict<{ go: string; version: string }> {
  if (facts.platform === "win32") return unusable("the build is for Linux and macOS only");
  const { go, answer } = facts;
  if (!go || !answer) return unusable("no go on PATH");
  if ("failure" in answer) return unusable(`${go} does not run: ${answer.failure}`);
  const version = parseVersion(answer.output);
  if (!version) return unusable(`${go} does not tell its version`);
  if (!isAtLeast(version, OLDEST_GO)) return unusable(`${go} is ${version}, older than ${OLDEST_GO}`);
  return usable({ go, version });
}

/** The ways to try: all of them, or the one that `OAUTH_CLIENTS_ENGINE` names. */
export function kindsToTry(forced: string | undefined): Verdict<readonly Kind[]> {
  if (!forced) return usable(KINDS);
  const kind = KINDS.find((one) => one === forced);
  return kind
    ? usable([kind])
    : unusable(`OAUTH_CLIENTS_ENGINE is "${forced}"; it can be ${KINDS.join(", ")} or unset`);
}

export interface Attempt {
  kind: Kind;
  reason: string;
}

const WAYS: Record<Kind, string> = {
  path: "a Pulumi CLI on PATH",
  install: "install by Pulumi's Automation API",
  build: "build from Go modules",
};

/** One line for one failed way. */
export const describeAttempt = ({ kind, reason }: Attempt): string => `${WAYS[kind]}: ${reason}`;

/** What to tell a person when every way has failed: each way, why it failed, and what to do. */
export function explainFailure(attempts: readonly Attempt[]): string {
  const skipped = KINDS.filter((kind) => !attempts.some((attempt) => attempt.kind === kind));
  return [
    "no Pulumi engine could be had. Tried:",
    ...attempts.map((attempt, index) => `  ${index + 1}. ${describeAttempt(attempt)}`),
    ...(skipped.length > 0 ? [`Not tried, because OAUTH_CLIENTS_ENGINE is set: ${skipped.join(", ")}.`] : []),
    "Install Pulumi (https://www.pulumi.com/docs/install/) or Go >= 1.26 (https://go.dev/dl/), and run: npm run engine",
  ].join("\n");
}
