/** `npm run engine`: sets up a Pulumi engine for the demo and the tests, once per machine. */
import { parseArgs } from "node:util";
import { cacheFolder } from "./cache.ts";
import type { Kind } from "./choice.ts";
import { EngineError, ensureEngine } from "./engine.ts";
import { progressOn } from "./progress.ts";

const HELP = `Usage: npm run engine -- [options]

Sets up a real Pulumi engine for the demo and the tests. In this order:
  path     a pulumi >= 3.200.0 on PATH, with its Node language host
  install  download by Pulumi's Automation API (given up after 8 s without a network)
  build    build from Go modules (Go >= 1.26; about 4 minutes on 2 cores, once)

Options:
  --json       print {kind, version, directory, pulumi} instead of a sentence
  --directory  print only the folder of the pulumi command, for PATH
  --rebuild    install or build again, whatever the cache has
  --help       print this

Environment:
  OAUTH_CLIENTS_ENGINE     path, install or build: that way only
  OAUTH_CLIENTS_CACHE_DIR  where engines are kept; default $XDG_CACHE_HOME/pulumi-oauth-clients,
                           else ~/.cache/pulumi-oauth-clients. It can be deleted at any time.

Now: ${cacheFolder()}

Exit codes: 0 an engine is there, 1 none could be had, 2 wrong usage, 130 interrupted.
`;

interface Options {
  json: boolean;
  directory: boolean;
  rebuild: boolean;
  help: boolean;
}

const HAD: Record<Kind, string> = {
  path: "found on PATH",
  install: "installed by the Automation API",
  build: "built from Go modules",
};

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: "boolean", default: false },
        directory: { type: "boolean", default: false },
        rebuild: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    process.stderr.write(`engine: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return undefined;
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return 2;
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  // An interrupted build ends its compilers and removes what it has made so far.
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => interruption.abort());
  try {
    const { rebuild } = options;
    const engine = await ensureEngine(progressOn(process.stderr), { rebuild, signal: interruption.signal });
    if (options.json) process.stdout.write(`${JSON.stringify(engine)}\n`);
    else if (options.directory) process.stdout.write(`${engine.directory}\n`);
    else process.stdout.write(`engine: Pulumi ${engine.version}, ${HAD[engine.kind]}: ${engine.pulumi}\n`);
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) {
      process.stderr.write("engine: interrupted, nothing kept\n");
      return 130;
    }
    process.stderr.write(`engine: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof EngineError && error.code === "engine-choice" ? 2 : 1;
  }
}

process.exitCode = await main();
