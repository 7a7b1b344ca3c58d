/** `npm run demo`: the whole promise of this package in half a minute, on a real Pulumi engine, against a sandbox. */
import { parseArgs } from "node:util";
import { type Engine, EngineError, findEngine } from "../engine/engine.ts";
import { progressOn } from "../engine/progress.ts";
import { interruption } from "../interruption.ts";
import { last4, play } from "./scenes.ts";
import { Stage } from "./stage.ts";
import { ClaimFailed, Story, style, type Waiting } from "./story.ts";

const HELP = `Usage: npm run demo -- [options]

Creates OAuth clients with a real Pulumi engine, takes real tokens, deletes the clients and shows that the tokens are
dead and that the counts are true. Everything is local and temporary: a sandbox plays the vendor, the stacks live in a
folder below .scratch/ that is removed at the end. Takes about half a minute.

Options:
  --json   print the steps and claims as JSON instead of the story
  --help   print this

Exit codes: 0 every claim held, 1 one did not or something failed, 2 wrong usage, 130 interrupted.
`;

/** Nothing here takes so long: a demonstration that hangs is a failure. */
const LIMIT_MS = 5 * 60_000;

async function main(): Promise<number> {
  let options: { json: boolean; help: boolean };
  try {
    options = parseArgs({
      options: { json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
    }).values;
  } catch (error) {
    process.stderr.write(`demo: ${messageOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }

  const interrupted = interruption(() => void process.stderr.write("\ndemo: interrupted, cleaning up\n"));
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`not done after ${LIMIT_MS / 1_000} s`)), LIMIT_MS);
  const signal = AbortSignal.any([interrupted, limit.signal]);

  const write = options.json ? () => {} : (text: string) => void process.stdout.write(text);
  const story = new Story(write, waiting(signal));
  const secrets = new Set<string>();
  const started = performance.now();
  let engine: Engine | undefined;
  let stage: Stage | undefined;
  let failure: { message: string; engineSaid: string } | undefined;
  try {
    engine = await findEngine();
    write(`${style("bold", "OAuth clients that take their tokens with them: a demonstration")}\n`);
    write(`Pulumi ${engine.version}; every ✓ was checked by code before it was printed.\n`);
    stage = await Stage.set(engine);
    await play({ story, stage, signal, secrets });
  } catch (error) {
    const known = error instanceof ClaimFailed || error instanceof EngineError;
    const message = signal.aborted ? messageOf(signal.reason) : known ? error.message : detailsOf(error);
    failure = { message: masked(message, secrets), engineSaid: masked(stage?.printed ?? "", secrets) };
  } finally {
    clearTimeout(timer);
    await stage?.close();
  }

  const seconds = Math.round((performance.now() - started) / 100) / 10;
  if (options.json) {
    const { steps } = story;
    const result = { ok: failure === undefined, seconds, claims: story.held, engine: engine ?? null, steps };
    process.stdout.write(`${JSON.stringify({ ...result, ...(failure ? { failure } : {}) }, null, 2)}\n`);
  } else if (failure === undefined) {
    write(
      `\n${style(["green", "bold"], `All ${story.held} claims held`)}, in ${seconds} s. Everything is removed again.\n`,
    );
  }
  if (interrupted.aborted) return 130;
  if (failure === undefined) return 0;
  if (!options.json) {
    process.stderr.write(`\ndemo: ${failure.message}\n`);
    if (failure.engineSaid !== "") process.stderr.write(`\nPulumi's last command printed:\n${failure.engineSaid}\n`);
  }
  return 1;
}

/** On a terminal, one line that is updated; elsewhere the command that was printed before says enough. */
function waiting(signal: AbortSignal): Waiting {
  const progress = process.stderr.isTTY ? progressOn(process.stderr) : undefined;
  return (what) => {
    signal.throwIfAborted();
    progress?.begin(`    … ${what}`);
    return {
      end() {
        progress?.end();
        signal.throwIfAborted();
      },
    };
  };
}

/** Even where the demonstration finds a leak, it does not print it. */
function masked(text: string, secrets: Iterable<string>): string {
  return [...secrets].filter(Boolean).reduce((clean, secret) => clean.replaceAll(secret, last4(secret)), text);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error that nobody expected: where it came from helps. */
function detailsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exitCode = await main();
