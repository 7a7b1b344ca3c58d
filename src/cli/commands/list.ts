import { Command, Option } from "commander";
import { ConfigurationInvalid } from "../../core/errors.ts";
import { usageOf } from "../../core/guard.ts";
import { counted, say } from "../../core/text.ts";
import { PACKAGED_TYPE } from "../../core/type-names.ts";
import type { ClientDriver, VendorClient } from "../../lifecycle/driver.ts";
import { namesOf } from "../../lifecycle/fields.ts";
import { shownClient } from "../../lifecycle/lookup.ts";
import type { Place } from "../../lifecycle/place.ts";
import { pick, text } from "../../lifecycle/properties.ts";
import { Names, resourceName } from "../adopt/names.ts";
import { findClients, notAll } from "../clients.ts";
import { EXIT, exitCodesHelp } from "../exit.ts";
import { list, type PlaceOptions, SOME_VENDOR, withPlace } from "../options.ts";
import { csvOf } from "../output/csv.ts";
import { markdownTable } from "../output/markdown.ts";
import { assertOwn, jsonOf, type OutputOptions, print, withOutput } from "../output/print.ts";
import { type Column, exactSheetOf, sheetOf } from "../output/sheet.ts";
import { tableOf } from "../output/table.ts";
import { LAST_USED, minute, named } from "../output/words.ts";
import { inSession, type Session } from "../session.ts";
import { Managed, notSettled } from "../stack/managed.ts";

/** A client as the command shows it. */
interface Listed {
  id: string;
  clientId: string | null;
  name: string | null;
  status: string | null;
  createdAt: string | null;
  lastUsedAt: string | null;
  everUsed: boolean | null;
  activeTokens: number | null;
  requestsPerDay: number | null;
  /** As `project/stack`; null where none of the exports has it. */
  stack: string | null;
  /** All inputs that the vendor shows. */
  inputs: Readonly<Record<string, unknown>>;
}

const ORDERS = ["name", "id", "created", "last-used", "tokens", "status"] as const;
type Order = (typeof ORDERS)[number];

interface Options extends PlaceOptions, OutputOptions {
  namePrefix?: string;
  status?: string;
  usage?: true;
  managed?: string[];
  unmanaged?: true;
  sort: Order;
}

/** `oauth-clients list`: the clients of a tenant. */
export function listCommand(): Command {
  const command = withPlace(new Command("list").alias("ls").description("list a tenant's clients"))
    .option("--name-prefix <prefix>", "only clients whose name begins so")
    .option("--status <status>", "only clients of this status; default: all that are not deleted")
    .option("--usage", "look at each client for its tokens and requests, one request more for each")
    .option("--managed <file>", "stack export that says which clients its stack manages; may be repeated", list)
    .option("--unmanaged", "only clients that none of the exports has")
    .addOption(new Option("--sort <by>", "order").choices(ORDERS).default("name"));
  return withOutput(command, ["table", "json", "csv", "markdown", "pulumi-import"])
    .addHelpText(
      "after",
      `
With --stack, that stack's own export counts too. What the vendor does not say is shown as – and is null in JSON.
The format pulumi-import is the file that "pulumi import --file" takes for the packaged provider: clients that no export has, as
resources named after them. Without --stack and --managed, that is all of them.

Examples:
  oauth-clients list --vendor ${SOME_VENDOR} --name-prefix pr- --sort last-used
  oauth-clients list --usage --json | jq '.clients[] | select(.activeTokens > 0)'
  oauth-clients list --stack prod --unmanaged
  oauth-clients list --stack prod --format pulumi-import --output clients.json
${exitCodesHelp(null)}`,
    )
    .action((options: Options) => inSession(options, (session) => listClients(session, options)));
}

async function listClients(session: Session, options: Options): Promise<number> {
  const site = session.site(options);
  await assertOwn(options.output, options.managed ?? []);
  const managed = await Managed.by(options.managed ?? [], options);
  if (options.unmanaged === true && !managed.isAsked) {
    throw new ConfigurationInvalid([
      say`--unmanaged needs somebody to say which clients are managed: add --stack or --managed.`,
    ]);
  }
  const isImport = options.format === "pulumi-import";
  const wanted = { namePrefix: options.namePrefix, status: options.status, isLookedAt: options.usage === true };
  const { all, hiddenWithout } = await session.run(site.vendor, "list", async (operation) => {
    const { place, clients, hiddenWithout } = await findClients(site, wanted, operation);
    return { all: clients.map((client) => factsOf(site.driver, client, place)), hiddenWithout };
  });
  const listed = all
    .map((client): Listed => ({ ...client, stack: managed.of(site.vendor, client.id)?.stack ?? null }))
    .filter(({ stack }) => (options.unmanaged !== true && !isImport) || stack === null)
    .sort(comparing(options.sort));
  const columns = columnsFor(options, managed);
  await print(options, {
    table: ({ width, styled }) =>
      `${tableOf(sheetOf(columns, listed), width, (title) => styled("bold", title))}${counted(listed.length, "client")}.\n`,
    json: () => jsonOf({ vendor: site.vendor.name, ...site.where, hiddenWithout, clients: listed }),
    csv: () => csvOf(exactSheetOf(columns, listed)),
    markdown: () => markdownTable(sheetOf(columns, listed)),
    "pulumi-import": () => jsonOf(importFileOf(site.driver, listed, managed)),
  });
  if (isImport) await sayImport(session, options, importable(site.driver, listed).length, managed);
  for (const claim of managed.claimsOf(site.vendor))
    await session.console.log("warning", session.redactor.show(notSettled(claim)));
  if (hiddenWithout !== null) session.console.say(session.redactor.show(notAll(hiddenWithout)));
  return EXIT.ok;
}

/** What `pulumi import --file` takes. */
function importFileOf(driver: ClientDriver, listed: readonly Listed[], managed: Managed) {
  const names = new Names(managed.namesOf(`${PACKAGED_TYPE}${driver.kind}`));
  return {
    resources: importable(driver, listed).map(({ id, name }) => ({
      type: `${PACKAGED_TYPE}${driver.kind}`,
      name: names.take(resourceName(name ?? id), "-"),
      id,
    })),
  };
}

/** Without those out of whose status no client comes back: one of them would stop the import of all. */
function importable({ finalStatuses }: ClientDriver, listed: readonly Listed[]): Listed[] {
  return listed.filter(({ status }) => status !== "deleted" && !finalStatuses.includes(status ?? ""));
}

async function sayImport(session: Session, options: Options, resources: number, managed: Managed): Promise<void> {
  const { connection, tenant, realm } = options;
  if (connection !== "default" || tenant !== undefined || realm !== undefined) {
    await session.console.log(
      "warning",
      session.redactor.show(
        say`\`pulumi import\` looks where the default connection leads. For any other place, give it a provider of that place (--provider).`,
      ),
    );
  }
  const besides = managed.isAsked ? "" : "; nobody was asked which clients are managed: add --stack or --managed";
  session.console.say(`${counted(resources, "resource")} to import${besides}.`);
}

function factsOf(driver: ClientDriver, client: VendorClient, place: Place): Omit<Listed, "stack"> {
  const { id, ...shown } = shownClient(driver, client, place);
  const use = driver.useOf?.(client) ?? null;
  const { lastUsedAt, everUsed } = usageOf(use);
  return {
    id: client.id,
    clientId: driver.clientIdOf(client),
    name: text(shown.name),
    status: text(shown.status),
    createdAt: use?.createdMs == null ? null : new Date(use.createdMs).toISOString(),
    lastUsedAt,
    everUsed,
    activeTokens: use?.activeTokens ?? null,
    requestsPerDay: use?.requestsPerDay ?? null,
    inputs: pick(shown, [...namesOf(driver.fields, "client"), ...namesOf(driver.fields, "place")]),
  };
}

function comparing(order: Order): (one: Listed, other: Listed) => number {
  const keyOf = (client: Listed): string | number | null => {
    switch (order) {
      case "name":
        return client.name;
      case "id":
        return client.id;
      case "status":
        return client.status;
      case "created":
        return client.createdAt;
      case "last-used":
        // What was never used comes before all that was.
        return client.everUsed === false ? "" : client.lastUsedAt;
      case "tokens":
        return client.activeTokens;
    }
  };
  return (one, other) => compared(keyOf(one), keyOf(other)) || compared(one.id, other.id);
}

/** What nobody knows comes last. */
function compared(one: string | number | null, other: string | number | null): number {
  if (one === null || other === null) return (one === null ? 1 : 0) - (other === null ? 1 : 0);
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one) < String(other) ? -1 : Number(String(one) > String(other));
}

function columnsFor({ usage }: Options, managed: Managed): Column<Listed>[] {
  const of = (key: string): Column<Listed> | null => COLUMNS.find((column) => column.key === key) ?? null;
  const keys = [
    ...["name", "id", "clientId", "status", "createdAt", "lastUsedAt"],
    ...(usage ? ["activeTokens", "requestsPerDay"] : []),
    ...(managed.isAsked ? ["stack"] : []),
  ];
  return keys.flatMap((key) => of(key) ?? []);
}

const COLUMNS: readonly Column<Listed>[] = [
  { title: "name", key: "name", cell: ({ name }) => named(name) },
  { title: "id", key: "id", cell: ({ id }) => named(id), cut: "middle", spare: 2 },
  { title: "OAuth client id", key: "clientId", cell: ({ clientId }) => named(clientId), cut: "middle", spare: 4 },
  { title: "status", key: "status", cell: ({ status }) => named(status) },
  {
    title: "created",
    key: "createdAt",
    cell: ({ createdAt }) => minute(createdAt),
    exact: ({ createdAt }) => named(createdAt),
    spare: 3,
  },
  LAST_USED,
  { title: "tokens", key: "activeTokens", cell: ({ activeTokens }) => activeTokens },
  { title: "requests/day", key: "requestsPerDay", cell: ({ requestsPerDay }) => requestsPerDay, spare: 1 },
  { title: "stack", key: "stack", cell: ({ stack }) => named(stack) },
];
