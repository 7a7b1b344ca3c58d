import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { OAuthClientsError } from "../../core/errors.ts";
import { isRecord, parsedJson } from "../../core/json.ts";
import { quoted, say } from "../../core/text.ts";
import { PACKAGE } from "../../core/type-names.ts";
import { vendors } from "../../vendors/registry.ts";
import { isCredential, keepConfigSecret } from "../secrets/of-settings.ts";
import { programFolder, withWholePaths } from "./project.ts";

/** The Pulumi project and the stack that a command is about. */
export interface StackChoice {
  stack: string;
  /** Default: the current folder. */
  cwd?: string | undefined;
}

/** A state of a thousand clients has some megabytes. */
const LONGEST_OUTPUT = 1024 * 1024 * 1024;

/** A command that could not be started has a word for a code, one that failed a number. */
const failureSchema = z.object({ code: z.unknown(), stderr: z.string().catch("") });

/**
 * Runs the Pulumi CLI for a stack.
 *
 * @returns what it prints as JSON
 * @throws {OAuthClientsError} `configuration-invalid` with what it says
 */
async function pulumiJson(args: readonly string[], { stack, cwd }: StackChoice): Promise<unknown> {
  const command = [...args, "--stack", stack, "--non-interactive", "--color", "never"];
  try {
    const { stdout } = await promisify(execFile)("pulumi", command, {
      cwd,
      maxBuffer: LONGEST_OUTPUT,
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return parsedJson(stdout);
  } catch (error) {
    const { code, stderr } = failureSchema.parse(error);
    const isMissing = code === "ENOENT";
    throw new OAuthClientsError(
      "configuration-invalid",
      isMissing
        ? say`The Pulumi CLI cannot be started, which --stack needs.`
        : say`\`pulumi ${args[0] ?? ""}\` failed for the stack ${stack}: ${quoted(stderr.trim().replace(/[.:]$/, ""), 500)}.`,
      isMissing
        ? say`Put it on the PATH, or set the settings in the environment.`
        : say`Check --stack, --cwd and the login to Pulumi's backend.`,
    );
  }
}

const configSchema = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean() }));

/**
 * A stack's config by its full keys, and which of it is secret. What is, is shown by no command from then on. Paths of ours
 * start from the program's folder, as they do for the provider, and are whole here.
 *
 * @throws {OAuthClientsError} `configuration-invalid` for what cannot be had or read
 */
export async function stackConfig(choice: StackChoice): Promise<Config> {
  const config = configSchema.safeParse(await pulumiJson(["config", "--json", "--show-secrets"], choice));
  if (!config.success) {
    throw new OAuthClientsError(
      "configuration-invalid",
      say`\`pulumi config --json\` printed no config of the stack ${choice.stack}.`,
      say`Run it yourself, and see what it prints instead: something around the Pulumi CLI, or a version of it that is not known here.`,
    );
  }
  const settings = asOfDynamic(config.data);
  for (const [key, { value, secret }] of Object.entries(settings)) if (secret) keepConfigSecret(key, value);
  return withWholePaths(settings, (await programFolder(choice.cwd)) ?? choice.cwd ?? ".");
}

type Config = z.infer<typeof configSchema>;

/**
 * A config in which the settings of the packaged provider, an object for each vendor, have the keys that dynamic resources
 * read: `rezolve:baseUrl` for `baseUrl` in `oauth-clients:rezolve`. What stands at such a key itself comes first.
 */
function asOfDynamic(config: Config): Config {
  const { ...own } = config;
  const packaged: Config = {};
  for (const vendor of vendors) {
    const key = `${PACKAGE}:${vendor.name}`;
    const entry = config[key];
    const settings = parsedJson(entry?.value ?? "");
    if (entry === undefined || !isRecord(settings)) continue;
    delete own[key];
    for (const [name, value] of Object.entries(settings)) {
      // One secret among them makes all of them secret to Pulumi: most are ordinary words.
      const secret = entry.secret && (name === "connections" || isCredential(vendor, name));
      packaged[`${vendor.name}:${name}`] = { value: asText(value), secret };
    }
  }
  return { ...packaged, ...own };
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A stack's state, as `pulumi stack export` has it. */
export function stackExport(choice: StackChoice, { showSecrets }: { showSecrets: boolean }): Promise<unknown> {
  return pulumiJson(["stack", "export", ...(showSecrets ? ["--show-secrets"] : [])], choice);
}
