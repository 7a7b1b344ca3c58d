/** The schema of the packaged provider, made of the classes' docstrings and the vendors' tables, as docs/resources is. */
import { z } from "zod";
import { PACKAGE } from "../../src/core/type-names.ts";
import type { FieldTable } from "../../src/lifecycle/fields.ts";
import { vendors } from "../../src/vendors/registry.ts";
import type { Vendor } from "../../src/vendors/vendor.ts";
import { type Declaration, declarationsIn, type Member, membersOf } from "../docs/declarations.ts";
import { exampleUsage } from "./example.ts";

/** Types that both vendors have. */
const SHARED = ["options", "lookups"] as const;
const EVIDENCE = ["revocation", "purge-totals"] as const;

const NAMES = { schema: PACKAGE, nodejs: "pulumi-oauth-clients-sdk", python: "pulumi_oauth_clients" };

/** No address has been given to this repository yet: programs in Go name its folder in a `replace`. */
const GO_MODULE = "example.com/pulumi-oauth-clients/sdks/go";

type Declarations = ReadonlyMap<string, Declaration>;
type Json = Record<string, unknown>;

const source = (path: string) => new URL(`../../src/${path}.ts`, import.meta.url);

const shared = declarationsIn([
  ...SHARED.map((name) => source(`pulumi/${name}`)),
  ...EVIDENCE.map((name) => source(`core/${name}`)),
]);

/** `adopt` is a union of two forms, which no schema can say: an object of both. */
const ADOPTION: Declaration = {
  name: "Adoption",
  doc: "Which existing client a new resource takes over: by the vendor's id, or by the resource's own name.",
  example: null,
  bases: [],
  members: [
    member("id", "string", "The vendor's id of the client."),
    member("byName", "boolean", "The client that has this resource's own `name`."),
    member(
      "mustMatch",
      "boolean",
      "Fail where the client is not what the resource says, and change nothing. Default false.",
    ),
  ],
};

function member(name: string, type: string, doc: string): Member {
  return { name, type, isOptional: true, doc };
}

/** The whole schema, as an object. */
export function packageSchema(version: string): Json {
  const types: Record<string, Json> = {};
  const resources: Record<string, Json> = {};
  const functions: Record<string, Json> = {};
  for (const vendor of vendors) {
    const all: Declarations = new Map([
      ...shared,
      ...declarationsIn([source(`pulumi/${vendor.name}`)]),
      [ADOPTION.name, ADOPTION],
    ]);
    const writer = new Writer(vendor.name, all, types);
    for (const [className, declaration] of all) {
      if (all.has(`${className}Args`) && !className.startsWith("get")) {
        resources[`${PACKAGE}:${vendor.name}:${className}`] = resourceOf(vendor, declaration, writer);
      }
      if (className.startsWith("get") && !className.endsWith("Output")) {
        functions[`${PACKAGE}:${vendor.name}:${className}`] = functionOf(declaration, writer);
      }
    }
    types[settingsToken(vendor)] = settingsType(vendor);
    types[connectionToken(vendor)] = {
      type: "object",
      description: `A connection to ${vendor.title}.`,
      properties: settingsOf(vendor),
    };
  }
  const configuration = Object.fromEntries([
    ...vendors.map((vendor) => [
      vendor.name,
      // They hold credentials, whichever of them are set.
      { ...reference(settingsToken(vendor)), description: `Connections to ${vendor.title}.`, secret: true },
    ]),
    [
      "receiptsFile",
      { type: "string", description: "File to which each deletion adds a line; without it, none leaves a receipt." },
    ],
  ]);
  return {
    name: PACKAGE,
    displayName: "OAuth clients",
    version,
    description: "OAuth clients of Rezolve.ai and ECI Nexus, and evidence of what deleting them did.",
    keywords: ["category/infrastructure", "kind/native", "oauth", "rezolve", "nexus"],
    license: "Apache-2.0",
    publisher: "pulumi-oauth-clients",
    // SDKs that can be built as they are, with their version.
    meta: { supportPack: true },
    config: { variables: configuration },
    provider: {
      description: "Where and as whom. What is not set comes from the environment.",
      inputProperties: configuration,
    },
    types,
    resources,
    functions,
    language: {
      nodejs: {
        packageName: NAMES.nodejs,
        respectSchemaVersion: true,
        dependencies: { "@pulumi/pulumi": "^3.249.0" },
        devDependencies: { "@types/node": "^24.19.2", typescript: "^6.0.3" },
      },
      python: {
        packageName: NAMES.python,
        respectSchemaVersion: true,
        pythonRequires: ">=3.10",
        requires: { pulumi: ">=3.150.0,<4.0.0" },
        pyproject: { enabled: true },
      },
      go: {
        modulePath: GO_MODULE,
        importBasePath: `${GO_MODULE}/oauthclients`,
        generateResourceContainerTypes: true,
        respectSchemaVersion: true,
      },
    },
  };
}

/** Makes types of what TypeScript declares, each once. */
class Writer {
  readonly #vendor: string;
  readonly #all: Declarations;
  readonly #types: Record<string, Json>;

  constructor(vendor: string, all: Declarations, types: Record<string, Json>) {
    this.#vendor = vendor;
    this.#all = all;
    this.#types = types;
  }

  has(name: string): boolean {
    return this.#all.has(name);
  }

  /** What a look-up may be told, by the look-up's name. */
  filter(name: string): Record<string, Json> {
    return Object.fromEntries(
      this.membersOf(`${capitalized(name)}Args`).map((one) => [one.name, this.property(one, name)]),
    );
  }

  membersOf(name: string): Member[] {
    return membersOf(name, this.#all);
  }

  /** @param owner whose property it is, by which enumerations are named */
  property({ name, type, doc }: Member, owner: string): Json {
    return { ...this.#type(type, this.#token(owner, `${owner}${capitalized(name)}`)), description: doc };
  }

  /** @param enumToken of the enumeration that it may turn out to be */
  #type(text: string, enumToken: string): Json {
    const parts = text.split(" | ").filter((part) => part !== "null");
    const literals = parts.flatMap((part) => /^"(.*)"$/.exec(part)?.[1] ?? []);
    if (literals.length === parts.length && literals.length > 0) return this.#enumeration(enumToken, literals);
    const [only = "", ...more] = parts;
    if (more.length > 0) throw new Error(`${enumToken}: no schema can say ${text}.`);
    if (only.endsWith("[]")) return { type: "array", items: this.#type(only.slice(0, -2), enumToken) };
    if (only === "string" || only === "number" || only === "boolean") return { type: only };
    if (only === "unknown") return { $ref: "pulumi.json#/Any" };
    return this.#object(only);
  }

  /** What both vendors have is in the root, and so is what belongs to it. */
  #token(owner: string, name: string): string {
    return `${PACKAGE}:${shared.has(owner) || owner === ADOPTION.name ? "index" : this.#vendor}:${name}`;
  }

  #enumeration(token: string, values: readonly string[]): Json {
    this.#types[token] = { type: "string", enum: values.map((value) => ({ value })) };
    return reference(token);
  }

  #object(name: string): Json {
    const declaration = this.#all.get(name);
    if (declaration === undefined) throw new Error(`There is no type ${name}.`);
    const token = this.#token(name, name);
    if (this.#types[token] === undefined) {
      const type: Json = { type: "object", description: declaration.doc };
      this.#types[token] = type;
      const members = this.membersOf(name);
      type.properties = Object.fromEntries(members.map((one) => [one.name, this.property(one, name)]));
      type.required = members.filter(isRequired).map((one) => one.name);
    }
    return reference(token);
  }
}

function resourceOf(vendor: Vendor, declaration: Declaration, writer: Writer): Json {
  const { name } = declaration;
  const inputs = writer.membersOf(`${name}Args`);
  const outputs = writer.membersOf(name);
  const fields: FieldTable = inputs.some((one) => one.name === "targetId" || one.name === "targetIds")
    ? {}
    : vendor.driver().fields;
  const computed = outputs.filter((one) => !inputs.some((input) => input.name === one.name));
  const properties = [...outputs, ...inputs.filter((one) => !outputs.some((output) => output.name === one.name))];
  const isSecret = (property: string) => (property === "clientSecret" ? { secret: true } : {});
  const replaces = (property: string) => (fields[property]?.effect === "replace" ? { willReplaceOnChanges: true } : {});
  const inputProperties = Object.fromEntries(
    inputs.map((one) => [one.name, { ...writer.property(one, name), ...replaces(one.name) }]),
  );
  return {
    description: described(declaration, inputProperties),
    properties: Object.fromEntries(
      properties.map((one) => [one.name, { ...writer.property(one, name), ...isSecret(one.name) }]),
    ),
    required: computed.filter(isRequired).map((one) => one.name),
    inputProperties,
    requiredInputs: inputs.filter(isRequired).map((one) => one.name),
    ...(writer.has(`Get${name}sArgs`)
      ? { listInputs: { type: "object", properties: writer.filter(`get${name}s`) } }
      : {}),
  };
}

/** What a declaration says, and its example. */
function described({ doc, example }: Declaration, inputs: Readonly<Record<string, Json>>): string {
  if (example === null) return doc;
  const enumOf = (input: string) => /^#.*:(\w+)$/.exec(String(inputs[input]?.$ref))?.[1];
  return `${doc}\n\n${exampleUsage(example, NAMES, enumOf)}`;
}

function functionOf(declaration: Declaration, writer: Writer): Json {
  const { name } = declaration;
  const found = `Found${name.slice("get".length).replace(/s$/, "")}`;
  const inputs = writer.filter(name);
  return {
    description: described(declaration, inputs),
    inputs: { properties: inputs },
    outputs: {
      properties: {
        clients: {
          type: "array",
          items: omitDescription(writer.property(member("clients", found, ""), name)),
          description: "The clients.",
        },
      },
      required: ["clients"],
    },
  };
}

function omitDescription({ description: _, ...rest }: Json): Json {
  return rest;
}

function isRequired({ type, isOptional }: Member): boolean {
  return !isOptional && !type.split(" | ").includes("null");
}

function settingsOf({ settings }: Vendor): Record<string, Json> {
  const { properties = {} } = z.toJSONSchema(settings, { io: "output", unrepresentable: "any" });
  return Object.fromEntries(
    Object.entries(settings.shape).map(([name, schema]) => {
      const { type, description }: { type?: unknown; description?: unknown } = Object(properties[name]);
      const isSecret = schema.meta()?.secret === true;
      return [
        name,
        {
          type: type === "integer" || type === "number" || type === "boolean" ? type : "string",
          description: schema.description ?? description,
          ...(isSecret ? { secret: true } : {}),
        },
      ];
    }),
  );
}

function settingsType(vendor: Vendor): Json {
  return {
    type: "object",
    description: `The default connection to ${vendor.title}, and others by their names.`,
    properties: {
      ...settingsOf(vendor),
      connections: {
        type: "object",
        additionalProperties: reference(connectionToken(vendor)),
        description: "Connections by their names, for the input `connection` of resources.",
      },
    },
  };
}

/** In the root: the provider needs them there, and Go packages that need each other do not compile. */
const settingsToken = (vendor: Vendor) => `${PACKAGE}:index:${capitalized(vendor.name)}Settings`;
const connectionToken = (vendor: Vendor) => `${PACKAGE}:index:${capitalized(vendor.name)}Connection`;

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function reference(token: string): Json {
  return { $ref: `#/types/${token}` };
}
