import { Command } from "commander";
import { ConfigurationInvalid, describeError } from "../../core/errors.ts";
import type { SafeText } from "../../core/redaction.ts";
import { counted, identifier, type Message, say } from "../../core/text.ts";
import { TokenRefused } from "../../core/token-refusal.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { type SettingsOptions, withConnection, withSettings } from "../options.ts";
import { csvOf } from "../output/csv.ts";
import { junitOf } from "../output/junit.ts";
import { markdownTable } from "../output/markdown.ts";
import { assertOwn, jsonOf, type OutputOptions, print, withOutput } from "../output/print.ts";
import { proseOf } from "../output/prose.ts";
import { type Column, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { named } from "../output/words.ts";
import { type StackSecret, secretsIn } from "../secrets/in-stack.ts";
import { assertOneOwner, type Meant, onlyMeant } from "../secrets/recipients.ts";
import { inSession, type Session } from "../session.ts";
import { documentOf } from "../stack/document.ts";

interface Options extends SettingsOptions, OutputOptions, Meant {
  tokenUrl?: string;
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
  const command = withConnection(
    withSettings(
      new Command("verify-secrets")
        .description("ask for one token with each client secret of a stack, and say whether it works; nothing else")
        .argument(
          "[file]",
          "stack export with its secrets shown, - for standard input; default: the export of --stack",
        ),
    ),
    { vendor: "default: all of the stack", connection: "default: all of the stack" },
  )
    .option("--base-url <url>", "only clients that were made at this address of the vendor's API")
    .option("--token-url <url>", "token endpoint of the clients; default: each connection's tokenUrl");
  return withOutput(command, ["table", "json", "csv", "markdown", "junit"])
    .addHelpText(
      "after",
      `
The tokens are thrown away at once, and neither they nor the secrets are shown. A secret that is refused in the header is tried
in the body, once, as some servers want it. Clients without a secret are shown as that, and count for nothing. With
--token-url all secrets go there: where they belong to several vendors, connections or addresses, none does until you say
whose it is.

A secret is rejected where the endpoint says so (invalid_client). One works, too, where it only refuses the scopes
(invalid_scope). Anything else says nothing for certain about a secret: unauthorized_client, which some servers also say of a
client that they do not know, or a proxy that wants a login.

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
  await assertOwn(options.output, file === undefined ? [] : [file]);
  const secrets = onlyMeant(secretsIn(session, await documentOf({ file, ...options, showSecrets: true })), options);
  if (options.tokenUrl !== undefined) assertOneOwner(secrets, options.tokenUrl);
  const verified: Verified[] = [];
  /** In a row, of each connection: it has one token endpoint, and its own way there. */
  const unanswered = new Map<string, number>();
  // One after another: a token endpoint may take many at once for an attack.
  for (const one of secrets) {
    await session.console.progress(
      session.redactor.show(say`asked for ${verified.length} of ${secrets.length} tokens`),
    );
    const endpoint = JSON.stringify([one.vendor.name, one.connection]);
    const before = unanswered.get(endpoint) ?? 0;
    if (before >= MOST_UNANSWERED) {
      verified.push({
        ...aboutOf(one),
        result: "unknown",
        message: session.redactor.show(say`Not asked: nothing came of those before.`),
      });
      continue;
    }
    const { answer, ...asked } = await verifiedOne(session, one, options);
    if (answer !== "not asked") unanswered.set(endpoint, answer === "none" ? before + 1 : 0);
    verified.push(asked);
  }
  const asked = verified.filter(({ result }) => result !== "no secret");
  const good = asked.filter(({ result }) => result === "works");
  const without = verified.length - asked.length;
  const none =
    without === 0 ? "" : `; ${counted(without, "client")} ${without === 1 ? "has" : "have"} none in the state`;
  const summary = `${good.length} of ${asked.length} secrets work${none}.`;
  const sheet = sheetOf(COLUMNS, verified);
  await print(options, {
    table: ({ width, styled }) =>
      `${tableOf(sheet, width, (title) => styled("bold", title))}${proseOf(summary, width)}\n`,
    json: () => jsonOf({ secrets: verified }),
    csv: () => csvOf(sheet),
    markdown: () => `${summary}\n\n${markdownTable(sheet)}`,
    junit: () =>
      junitOf(
        "verify-secrets",
        verified.map(({ name, clientId, urn, result, message }) => ({
          name: named(name ?? clientId ?? urn),
          group: "secrets",
          failure: result === "rejected" || result === "unknown" ? message : null,
          skipped: result === "no secret" ? message : null,
          output: result,
        })),
      ),
  });
  return good.length === asked.length ? EXIT.ok : EXIT.finding;
}

/** So many without an answer in a row are the endpoint's, and nobody waits for the others. */
const MOST_UNANSWERED = 3;

function aboutOf({ urn, name, clientId }: StackSecret): Pick<Verified, "urn" | "name" | "clientId"> {
  return { urn, name, clientId };
}

/** Whether the token endpoint answered, as far as that can be told. */
type Answer = "given" | "none" | "not asked";

/** What became of it. */
async function verifiedOne(
  session: Session,
  one: StackSecret,
  { tokenUrl }: Options,
): Promise<Verified & { answer: Answer }> {
  const { vendor, name, clientId, connection, secret, baseUrl } = one;
  const verified = (result: Verified["result"], message: Message, answer: Answer = "not asked") => ({
    ...aboutOf(one),
    result,
    message: session.redactor.show(message),
    answer,
  });
  if (secret.is === "none") return verified("no secret", say`The state has none.`);
  if (secret.is === "hidden") return verified("unknown", say`It is encrypted: export the stack with --show-secrets.`);
  if (clientId === null) return verified("unknown", say`The state does not have its OAuth client id.`);
  const named = identifier(name ?? clientId);
  if (one.hidden !== null)
    return verified("unknown", say`${one.hidden}: nobody can tell where the secret may be sent.`);
  try {
    const current = session.baseUrlOf({ vendor, where: { connection } });
    if (tokenUrl === undefined && baseUrl !== null && baseUrl !== current) {
      return verified(
        "unknown",
        say`It was created at ${baseUrl}, and connection "${connection}" talks to ${current}: the secret was not sent. Say which endpoint: --token-url.`,
      );
    }
    await session.requestToken(vendor, connection, { clientId, clientSecret: secret.value, tokenUrl });
    return verified("works", say`A token was issued.`, "given");
  } catch (error) {
    const message = say`${named}: ${describeError(error)}`;
    // Settings that cannot work: nothing was sent.
    if (error instanceof ConfigurationInvalid) return verified("unknown", message);
    if (!(error instanceof TokenRefused)) return verified("unknown", message, "none");
    switch (error.credentials) {
      case "accepted":
        return verified(
          "works",
          say`${named}: ${error.what} The secret works; the client may do something else with it.`,
          "given",
        );
      case "rejected":
        return verified("rejected", message, "given");
      case "unclear":
        return verified("unknown", message, error.isByEndpoint ? "given" : "none");
    }
  }
}

const COLUMNS: readonly Column<Verified>[] = [
  { title: "client", key: "name", cell: ({ name }) => named(name) },
  { title: "OAuth client id", key: "clientId", cell: ({ clientId }) => named(clientId), cut: "middle" },
  { title: "secret", key: "result", cell: ({ result }) => named(result) },
  { title: "", key: "message", cell: ({ message }) => message },
  { title: "resource", key: "urn", cell: ({ urn }) => named(urn), cut: "middle", spare: 1 },
];
