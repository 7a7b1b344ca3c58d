/** A page for each resource and look-up, made from the classes' own docstrings and the vendors' tables. */
import type { FieldTable } from "../../src/lifecycle/fields.ts";
import { FIELDS as NEXUS } from "../../src/vendors/nexus/fields.ts";
import { FIELDS as REZOLVE } from "../../src/vendors/rezolve/fields.ts";
import { declarationsIn, type Member, membersOf } from "./declarations.ts";
import { CHANGES } from "./inputs.ts";
import { code, table } from "./table.ts";

type Role = "client" | "deletion" | "purge";

interface ResourcePage {
  vendor: "rezolve" | "nexus";
  role: Role;
  className: string;
}

interface LookUpPage {
  vendor: "rezolve" | "nexus";
  functionName: string;
  filter: string;
  found: string;
}

const RESOURCES: readonly ResourcePage[] = [
  { vendor: "rezolve", role: "client", className: "OAuthClient" },
  { vendor: "rezolve", role: "deletion", className: "OAuthClientDeletion" },
  { vendor: "rezolve", role: "purge", className: "OAuthClientPurge" },
  { vendor: "nexus", role: "client", className: "Client" },
  { vendor: "nexus", role: "deletion", className: "ClientDeletion" },
  { vendor: "nexus", role: "purge", className: "ClientPurge" },
];

const LOOK_UPS: readonly LookUpPage[] = [
  { vendor: "rezolve", functionName: "getOAuthClients", filter: "GetOAuthClientsArgs", found: "FoundOAuthClient" },
  { vendor: "nexus", functionName: "getClients", filter: "GetClientsArgs", found: "FoundClient" },
];

const FIELDS: Readonly<Record<string, FieldTable>> = { rezolve: REZOLVE, nexus: NEXUS };

const source = (path: string) => new URL(`../../src/${path}`, import.meta.url);

const SHARED = [
  source("pulumi/options.ts"),
  source("pulumi/lookups.ts"),
  source("core/revocation.ts"),
  source("core/purge-totals.ts"),
];

const declared = Object.fromEntries(
  ["rezolve", "nexus"].map((vendor) => [vendor, declarationsIn([...SHARED, source(`pulumi/${vendor}.ts`)])]),
);

/** What of a `…Deletion` and a `…Purge` changes nothing any more when it is made. */
const KEPT: ReadonlySet<string> = new Set(["deletion", "connection", "limit"]);

/** What is the same for all resources of a role, by hand. */
const ABOUT: Readonly<Record<Role, string>> = {
  client: `## When it is deleted

\`pulumi destroy\`, the resource taken out of the program, a replacement, and \`status: "deleted"\` send one DELETE. A 2xx, and an answer
that says "not there", are successes, unless something speaks against it; [deletion.md](../deletion.md)
has the table. \`retainOnDelete\`, \`protect\`, \`aliases\` and \`deletedWith\` work as with every resource.

## Taking over an existing client

\`adopt: { id: "…" }\` or \`adopt: { byName: true }\`, read at creation only; with \`mustMatch: true\` nothing is changed, and a difference
is an error. \`oauth-clients adopt\` writes the whole program. \`pulumi import\` works
with the [packaged provider](../packaged.md#import), and not with dynamic resources.`,
  deletion: `## When it goes itself

Deleting this resource calls nothing: what it was for is done.`,
  purge: `## When it goes itself

Deleting this resource calls nothing. Of an unfinished one, what is left is forgotten, with a warning.`,
};

/** Every page: its path in the repository, and its text. */
export function resourcePages(): { name: string; content: string }[] {
  return [
    ...RESOURCES.map((page) => ({ name: pathOf(page.vendor, page.className), content: resourcePage(page) })),
    ...LOOK_UPS.map((page) => ({ name: pathOf(page.vendor, page.functionName), content: lookUpPage(page) })),
  ];
}

/** The list of all pages. */
export function resourceIndex(): string {
  const lines = [
    ...RESOURCES.map(({ vendor, className }) => indexLine(vendor, className, summaryOf(vendor, className))),
    ...LOOK_UPS.map(({ vendor, functionName }) => indexLine(vendor, functionName, summaryOf(vendor, functionName))),
  ];
  return lines.join("\n");
}

function indexLine(vendor: string, name: string, summary: string): string {
  return `- [\`${vendor}.${name}\`](resources/${vendor}.${name}.md): ${summary}`;
}

function pathOf(vendor: string, name: string): string {
  return `docs/resources/${vendor}.${name}.md`;
}

function declarationOf(vendor: string, name: string) {
  const declaration = declared[vendor]?.get(name);
  if (declaration === undefined) throw new Error(`${vendor} has no ${name}.`);
  return declaration;
}

/** Its first sentence. */
function summaryOf(vendor: string, name: string): string {
  return /^.*?[.:](?=\s|$)/.exec(declarationOf(vendor, name).doc)?.[0].replace(/:$/, ".") ?? "";
}

function resourcePage({ vendor, role, className }: ResourcePage): string {
  const { doc, example } = declarationOf(vendor, className);
  const all = declared[vendor] ?? new Map();
  const inputs = membersOf(`${className}Args`, all);
  const outputs = membersOf(className, all).filter(({ name }) => !inputs.some((input) => input.name === name));
  return page(`${vendor}.${className}`, [
    doc,
    `In states its type is \`pulumi-nodejs:dynamic/${vendor}:${className}\`. ${linkToApi(vendor, className)}`,
    exampleOf(example, vendor),
    `## Inputs\n\n${inputsTable(vendor, role, inputs)}`,
    nested(vendor, inputs),
    `## Outputs\n\nBeside its inputs; \`id\` is ${role === "client" ? "the vendor's id of the client" : "this resource's own"}.\n\n${table(
      ["Output", "Type", "Meaning"],
      outputs.map(({ name, type, doc: said }) => [code(name), code(type), said]),
    )}`,
    nested(vendor, outputs),
    ABOUT[role],
  ]);
}

function lookUpPage({ vendor, functionName, filter, found }: LookUpPage): string {
  const { doc, example } = declarationOf(vendor, functionName);
  const all = declared[vendor] ?? new Map();
  const output = `${functionName}Output`;
  return page(`${vendor}.${functionName}`, [
    doc,
    `\`${functionName}\` gives a promise, \`${output}\` takes inputs and gives an output. Settings, limits and errors are those of the resources; a preview looks up, too. ${linkToApi(vendor, functionName)}`,
    exampleOf(example, vendor),
    `## Filter\n\nAll of it together. A criterion without a value, and a misspelt one, are errors.\n\n${table(
      ["Filter", "Type", "Meaning"],
      membersOf(filter, all).map(({ name, type, doc: said }) => [code(name), code(type), said]),
    )}`,
    `## What it gives for each client\n\n${table(
      ["Field", "Type", "Meaning"],
      membersOf(found, all).map(({ name, type, doc: said }) => [code(name), code(type), said]),
    )}`,
  ]);
}

function page(title: string, parts: readonly string[]): string {
  const made = "<!-- Written by `npm run docs`, from the docstrings in src/pulumi and the tables in src/vendors. -->";
  return `${[made, `# \`${title}\``, ...parts.filter((part) => part !== "")].join("\n\n")}\n`;
}

function linkToApi(vendor: string, name: string): string {
  return `Its types are in the [API reference](../api/${vendor}.md#${name.toLowerCase()}).`;
}

function exampleOf(example: string | null, vendor: string): string {
  if (example === null) return "";
  return `## Example\n\n\`\`\`ts\nimport { ${vendor} } from "pulumi-oauth-clients";\n\n${example.trim()}\n\`\`\``;
}

function inputsTable(vendor: string, role: Role, inputs: readonly Member[]): string {
  const rows = inputs.map(({ name, type, isOptional, doc }) => [
    code(name),
    code(type),
    isOptional ? "" : "yes",
    changeOf(vendor, role, name),
    doc,
  ]);
  return table(["Input", "Type", "Required", "A change takes", "Meaning"], rows);
}

function changeOf(vendor: string, role: Role, name: string): string {
  if (role !== "client") return KEPT.has(name) ? CHANGES["state-only"] : `another ${role}, which **deletes**`;
  const field = FIELDS[vendor]?.[name];
  return field === undefined ? "nothing: it is read at creation only" : (field.takes ?? CHANGES[field.effect]);
}

/** Tables of what is inside of inputs and outputs, each type once. */
function nested(vendor: string, members: readonly Member[]): string {
  const all = declared[vendor] ?? new Map();
  const byType = Map.groupBy(members, ({ type }) => type.replace(/ \| null$/, ""));
  const parts = [...byType].flatMap(([type, of]) => {
    if (!all.has(type)) return [];
    const title = of.map(({ name }) => code(name)).join(", ");
    const rows = membersOf(type, all).map((member) => [code(member.name), code(member.type), member.doc]);
    return [`### ${title}\n\n${table(["", "Type", "Meaning"], rows)}`, nested(vendor, membersOf(type, all))];
  });
  return parts.filter((part) => part !== "").join("\n\n");
}
