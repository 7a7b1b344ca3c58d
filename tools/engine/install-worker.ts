/**
 * Installs the Pulumi CLI into the folder given as argument. A process of its own, because `PulumiCommand.install` cannot be
 * cancelled. Prints the installed version; on failure one line on the standard error and exit code 1.
 */
const ADDRESS = "https://get.pulumi.com/install.sh";

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer within 8 s";
  const cause = error.cause instanceof Error ? error.cause.message || error.cause.name : undefined;
  // An error of the CLI runner is several lines long; the message of the script is in its last one.
  const last = error.message.split("\n").findLast((line) => line.trim() !== "");
  return cause ?? last?.trim() ?? error.name;
}

try {
  const [root] = process.argv.slice(2);
  if (!root) throw new Error("no folder given");
  // Without internet this fails at once, or at the latest after 8 s, before the SDK is even loaded.
  const answer = await fetch(ADDRESS, { method: "HEAD", signal: AbortSignal.timeout(8_000) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const { default: automation } = await import("@pulumi/pulumi/automation/index.js");
  const { version } = await automation.PulumiCommand.install({ root });
  if (!version) throw new Error("the installed CLI does not tell its version");
  process.stdout.write(`${version}\n`);
} catch (error) {
  process.stderr.write(`${new URL(ADDRESS).host}: ${explain(error)}\n`);
  process.exitCode = 1;
}
