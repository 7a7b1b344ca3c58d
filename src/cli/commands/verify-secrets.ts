import { Command } from "commander";
import { ConfigurationInvalid, describeError, OAuthClientsError } from "../../core/errors.ts";
import { parsedJson } from "../../core/json.ts";
import type { SafeText } from "../../core/redaction.ts";
import { identifier, say } from "../../core/text.ts";
import { text } from "../../lifecycle/properties.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { type SettingsOptions, withSettings } from "../options.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTable } from "../output/markdown.ts";
import { jsonOf, type OutputOptions, print, withOutput } from "../output/print.ts";
import { type Column, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { named } from "../output/words.ts";
import { REDACTOR } from "../redactor.ts";
import { inSession, type Session } from "../session.ts";
import { documentOf } from "../stack/document.ts";
import { hasClient, kindOf, type StackDocument } from "../stack/state.ts";

interface Options extends SettingsOptions, OutputOptions {
  tokenUrl?: string;
}

/** A client of a stack, and the secret that the state has of it. */
interface Secret {
  vendor: Vendor;
  urn: string;
  name: string | null;
  clientId: string | null;
  connection: string;
  /** Where the client was made; null where the state does not say. */
  baseUrl: string | null;
  /** `null`: the state has none. `hidden`: it is there, but encrypted. */
  secret: { is: "known"; value: string } | { is: "none" } | { is: "hidden" };
  /** Whether it gets tokens by itself, without a user; null where the state does not say. */
  asksAlone: boolean | null;
}

/** What became of one token request. */
interface Verified {
  name: string | null;
  clientId: string | null;
  urn: string;
  result: "works" | "rejected" | "unknown" | "no secret";
  message: SafeText;
}

/** `oauth-clients verify-secrets`: whether the secrets of a stack still work. */
export function verifySecretsCommand(): Command {
  const command = withSettings(
    new Command("verify-secrets")
      .description("ask for one token with each client secret of a stack, and say whether it works; nothing else")
      .argument("[file]", "stack export with its secrets shown, - for standard input; default: the export of --stack"),
  ).option("--token-url <url>", "token endpoint of the clients; default: each connection's tokenUrl");
  return withOutput(command, ["table", "json", "csv", "markdown", "junit"])
    .addHelpText(
      "after",
      `
The tokens are thrown away at once, and neither they nor the secrets are shown. A secret that is refused in the header is tried
in the body, once, as some servers want it. Clients without a secret are left out; of one that gets tokens only for users nobody
can tell, and it is not asked.

Examples:
  oauth-clients verify-secrets --stack prod --token-url https://login.example.test/oauth/token
  pulumi stack export --show-secrets | oauth-clients verify-secrets -
${exitCodesHelp("a secret does not work, or nobody knows whether it does")}`,
    )
    .action((file: string | undefined, options: Options) =>
      inSession(options, (session) => verify(session, file, options)),
    );
}

async function verify(session: Session, file: string | undefined, options: Options): Promise<number> {
  const secrets = secretsIn(session, await documentOf({ file, ...options, showSecrets: true }));
  for (const { secret } of secrets) if (secret.is === "known") session.redactor.add(secret.value);
  const verified: Verified[] = [];
  let unansweredInARow = 0;
  // One after another: a token endpoint may take many at once for an attack.
  for (const one of secrets) {
    await session.console.progress(
      session.redactor.show(say`asked for ${verified.length} of ${secrets.length} tokens`),
    );
    if (unansweredInARow >= MOST_UNANSWERED) {
      verified.push({
        ...aboutOf(one),
        result: "unknown",
        message: session.redactor.show(say`Not asked: nothing came of those before.`),
      });
      continue;
    }
    const asked = await verifiedOne(session, one, options);
    const isUnanswered = asked.result === "unknown" && one.secret.is === "known" && one.asksAlone !== false;
    unansweredInARow = isUnanswered ? unansweredInARow + 1 : 0;
    verified.push(asked);
  }
  session.console.end();
  const asked = verified.filter(({ result }) => result !== "no secret");
  const good = asked.filter(({ result }) => result === "works");
  const summary = `${good.length} of ${asked.length} secrets work${verified.length > asked.length ? `; ${verified.length - asked.length} clients have none in the state` : ""}.`;
  const sheet = sheetOf(COLUMNS, verified);
  await print(options, {
    table: ({ width, styled }) => `${tableOf(sheet, width, (title) => styled("bold", title))}${summary}\n`,
    json: () => jsonOf({ secrets: verified }),
    csv: () => csvOf(sheet),
    markdown: () => `${summary}\n\n${markdownTable(sheet)}`,
    junit: () =>
      junitOf(
        "verify-secrets",
        asked.map(({ name, clientId, urn, result, message }) => ({
          name: named(name ?? clientId ?? urn),
          group: "secrets",
          failure: result === "works" ? null : message,
          output: result,
        })),
      ),
  });
  return good.length === asked.length ? EXIT.ok : EXIT.finding;
}

function secretsIn(session: Session, document: StackDocument): Secret[] {
  if (document.is === "preview")
    throw new ConfigurationInvalid([say`A preview has no secrets: give it a stack export.`]);
  return document.resources.flatMap((resource) => {
    const kind = kindOf(resource);
    if (kind?.role !== "client" || !hasClient(resource)) return [];
    const { urn, outputs } = resource;
    const driver = session.driverOf(kind.vendor);
    return [
      {
        vendor: kind.vendor,
        urn,
        name: text(outputs.name),
        clientId: driver.oauthClientId(resource.id ?? "", driver.keptIn(outputs)),
        connection: text(outputs.connection) ?? "default",
        baseUrl: text(outputs.baseUrl),
        secret: secretOf(outputs.clientSecret),
        asksAlone: asksAlone(outputs.grantTypes),
      },
    ];
  });
}

/** What an export holds of a secret: with `--show-secrets` the JSON of its value, else what it is encrypted to. */
function secretOf(value: unknown): Secret["secret"] {
  if (value === null || value === undefined) return { is: "none" };
  if (typeof value === "string") return { is: "known", value };
  const { plaintext } = Object(value);
  if (typeof plaintext !== "string") return { is: "hidden" };
  REDACTOR.add(plaintext);
  const shown = parsedJson(plaintext);
  return typeof shown === "string" ? { is: "known", value: shown } : { is: "none" };
}

/** By the client's grants; of none the state does not say what the vendor makes. */
function asksAlone(grantTypes: unknown): boolean | null {
  if (!Array.isArray(grantTypes) || grantTypes.length === 0) return null;
  return grantTypes.includes("client_credentials");
}

/** So many without an answer in a row are the endpoint's, and nobody waits for the others. */
const MOST_UNANSWERED = 3;

function aboutOf({ urn, name, clientId }: Secret): Pick<Verified, "urn" | "name" | "clientId"> {
  return { urn, name, clientId };
}

async function verifiedOne(session: Session, one: Secret, { tokenUrl }: Options): Promise<Verified> {
  const { vendor, name, clientId, connection, secret, baseUrl } = one;
  const shown = (message: ReturnType<typeof say>) => session.redactor.show(message);
  const about = aboutOf(one);
  if (secret.is === "none") return { ...about, result: "no secret", message: shown(say`The state has none.`) };
  if (secret.is === "hidden") {
    return { ...about, result: "unknown", message: shown(say`It is encrypted: export the stack with --show-secrets.`) };
  }
  if (clientId === null)
    return { ...about, result: "unknown", message: shown(say`The state does not have its OAuth client id.`) };
  // Refused for its grant, it would look as if its secret were wrong.
  if (one.asksAlone === false) {
    const message = say`It gets tokens only for users, without the grant client_credentials: nobody can tell, and the secret was not sent.`;
    return { ...about, result: "unknown", message: shown(message) };
  }
  try {
    const current = session.baseUrlOf({ vendor, where: { connection } });
    if (tokenUrl === undefined && baseUrl !== null && baseUrl !== current) {
      const message = say`It was created at ${baseUrl}, and connection "${connection}" talks to ${current}: the secret was not sent. Say which endpoint: --token-url.`;
      return { ...about, result: "unknown", message: shown(message) };
    }
    await session.requestToken(vendor, connection, { clientId, clientSecret: secret.value, tokenUrl });
    return { ...about, result: "works", message: shown(say`A token was issued.`) };
  } catch (error) {
    const isRejected = error instanceof OAuthClientsError && error.code === "credentials-rejected";
    const message = shown(say`${identifier(name ?? clientId)}: ${describeError(error)}`);
    return { ...about, result: isRejected ? "rejected" : "unknown", message };
  }
}

const COLUMNS: readonly Column<Verified>[] = [
  { title: "client", key: "name", cell: ({ name }) => named(name) },
  { title: "OAuth client id", key: "clientId", cell: ({ clientId }) => named(clientId), cut: "middle" },
  { title: "secret", key: "result", cell: ({ result }) => named(result) },
  { title: "", key: "message", cell: ({ message }) => message },
  { title: "resource", key: "urn", cell: ({ urn }) => named(urn), cut: "middle", spare: 1 },
];
