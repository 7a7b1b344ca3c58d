import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import manifest from "../../package.json" with { type: "json" };

/** Long enough for a day of trying things out. */
const TOKEN_LIFETIME_SECONDS = 24 * 60 * 60;

const DEFAULT_PORT = 4010;

interface SandboxFlags {
  port: number;
  host: string;
  allowHost?: string[];
  file?: string;
  tokenFile: string;
  softDelete?: true;
  latency: number;
  rateLimit?: number;
  json?: true;
  quiet?: true;
}

/** The `oauth-clients-sandbox` command. */
export function command(): Command {
  return new Command("oauth-clients-sandbox")
    .description("Starts a local server that speaks the vendors' APIs and issues real tokens; Ctrl-C ends it.")
    .version(manifest.version)
    .showHelpAfterError("(oauth-clients-sandbox --help says more)")
    .option("--port <number>", "port to listen on, 0 for any free one", wholeNumber, DEFAULT_PORT)
    .option("--host <address>", "interface to listen on", "127.0.0.1")
    .option("--allow-host <name...>", "names, besides localhost, by which requests may call it; addresses always may")
    .option("--file <path>", "SQLite file that keeps everything across restarts; default: memory only")
    .option("--token-file <path>", "where to write the admin token, readable for you alone", ".sandbox/token")
    .option("--soft-delete", "keep a record of deleted clients, and answer 409 to a second delete")
    .option("--latency <ms>", "wait so long before every answer", wholeNumber, 0)
    .option("--rate-limit <number>", "answer 429 beyond so many requests a second", wholeNumber)
    .option("--json", "print where it listens and the credentials as one line of JSON")
    .option("--quiet", "do not print a line per request")
    .action(async (flags: SandboxFlags) => {
      const parent = process.ppid;
      // Loaded only here: help and version need none of it.
      const { startSandbox } = await import("../start.ts");
      const sandbox = await startSandbox({
        host: flags.host,
        allowedHosts: flags.allowHost ?? [],
        port: flags.port,
        file: flags.file,
        settings: {
          rezolve: { deletion: flags.softDelete ? "soft" : "hard" },
          latencyMs: flags.latency,
          rateLimit: flags.rateLimit === undefined ? null : { limit: flags.rateLimit, windowSeconds: 1 },
        },
        ...(flags.json || flags.quiet ? {} : { log: (line: string) => void process.stdout.write(`${line}\n`) }),
      });
      const [tenant] = sandbox.tenants;
      const tokenFile = resolve(flags.tokenFile);
      let isStopping = false;
      const stop = () => {
        // Ctrl-C can come twice, from the terminal and from npm.
        if (isStopping) return;
        isStopping = true;
        void sandbox
          .close()
          .then(() => rm(tokenFile, { force: true }))
          .then(() => process.exit(0));
      };
      process.on("SIGINT", stop).on("SIGTERM", stop);
      if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(parent, stop);
      const token = await sandbox.adminToken({
        expiresInSeconds: TOKEN_LIFETIME_SECONDS,
        tenantId: sandbox.tenants.map(({ id }) => id),
      });
      await mkdir(dirname(tokenFile), { recursive: true });
      await rm(tokenFile, { force: true });
      await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
      const facts = {
        url: sandbox.url,
        tokenUrl: sandbox.tokenUrl,
        introspectionUrl: sandbox.introspectionUrl,
        tenantId: tenant?.id ?? "",
        tokenFile,
        introspectionClient: sandbox.introspectionClient,
        nexusApplicationToken: sandbox.nexus.applicationToken,
        nexusBasicUser: sandbox.nexus.basicUser,
      };
      process.stdout.write(flags.json ? `${JSON.stringify(facts)}\n` : greeting(facts));
    });
}

/** npm hands a signal to the shell that it runs a script in; some shells then end without a word to the script. */
function whenOrphaned(parent: number, stop: () => void): void {
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 200).unref();
}

function greeting(facts: {
  url: string;
  tokenUrl: string;
  introspectionUrl: string;
  tenantId: string;
  tokenFile: string;
  introspectionClient: { clientId: string; clientSecret: string };
  nexusApplicationToken: string;
  nexusBasicUser: { username: string; password: string };
}): string {
  return `
The sandbox listens on ${facts.url}
  tenant              ${facts.tenantId}
  admin token         in the file ${facts.tokenFile}, valid for ${TOKEN_LIFETIME_SECONDS / 3_600} hours
  tokens of clients   ${facts.tokenUrl}
  introspection       ${facts.introspectionUrl}
                      as ${facts.introspectionClient.clientId} with ${facts.introspectionClient.clientSecret}

To work against it, in another terminal:
  export REZOLVE_BASE_URL=${facts.url}
  export REZOLVE_TENANT_ID=${facts.tenantId}
  export REZOLVE_TOKEN_FILE=${facts.tokenFile}
or, for Nexus:
  export NEXUS_BASE_URL=${facts.url}
  export NEXUS_TENANT_ID=${facts.tenantId}
  export NEXUS_TOKEN_FILE=${facts.tokenFile}
  export NEXUS_APPLICATION_TOKEN=${facts.nexusApplicationToken}
or, instead of both tokens:
  export NEXUS_USERNAME=${facts.nexusBasicUser.username}
  export NEXUS_PASSWORD=${facts.nexusBasicUser.password}

Ctrl-C ends it.

`;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
