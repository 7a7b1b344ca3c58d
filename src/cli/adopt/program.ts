import { type Message, say } from "../../core/text.ts";
import type { ClientDriver } from "../../lifecycle/driver.ts";
import { namesOf } from "../../lifecycle/fields.ts";
import { declaredOf } from "../../lifecycle/outputs.ts";
import { type Properties, pick } from "../../lifecycle/properties.ts";
import { secretIn } from "../secrets/in-what-is-acted-on.ts";
import { Names, resourceName, wordsOf } from "./names.ts";

/** A client that is to be adopted. */
export interface Adoptable {
  id: string;
  /** Its inputs as the vendor says them; null where it does not. */
  values: Properties;
}

/** A resource of the program. */
export interface AdoptedResource {
  /** In the program. */
  variable: string;
  /** In Pulumi. */
  resource: string;
  args: Properties;
}

/** What a client cannot be adopted for. */
export interface Left {
  id: string;
  because: Message;
}

/** How the resources are to be. */
export interface ProgramOptions {
  /** Inputs that say where clients are, as far as the connection's defaults do not. */
  where: Properties;
  /** Whether Pulumi refuses to delete them. */
  isProtected: boolean;
}

/** What is needed of a driver. */
type Described = Pick<ClientDriver, "kind" | "schema" | "fields" | "finalStatuses">;

/** The resources that adopt clients as they are, and what cannot be adopted. */
export function resourcesFor(
  driver: Described,
  clients: readonly Adoptable[],
  { where }: Pick<ProgramOptions, "where">,
): { resources: AdoptedResource[]; left: Left[] } {
  const variables = new Names([driver.kind.split(":")[0] ?? "", ...RESERVED]);
  const names = new Names([]);
  const resources: AdoptedResource[] = [];
  const left: Left[] = [];
  for (const { id, values } of clients) {
    const args = { ...inputsOf(driver, values), ...where, adopt: { id, mustMatch: true } };
    const because = problemWith(driver, values, args);
    if (because !== null) {
      left.push({ id, because });
      continue;
    }
    const name = typeof values.name === "string" ? values.name : id;
    resources.push({
      variable: variables.take(camelCase(name), ""),
      resource: names.take(resourceName(name), "-"),
      args,
    });
  }
  return { resources, left };
}

/** What the vendor says, as the inputs of a program. */
function inputsOf(driver: Described, values: Properties): Properties {
  const { required, optional } = declaredOf(driver, values);
  const declared = pick(
    values,
    namesOf(driver.fields, "client").filter((name) => name in required || name in optional),
  );
  const { status } = values;
  return status === undefined || status === null || status === "active" ? declared : { ...declared, status };
}

function problemWith({ schema, finalStatuses }: Described, { status }: Properties, args: Properties): Message | null {
  if (typeof status === "string" && finalStatuses.includes(status))
    return say`its status is ${status}, out of which no client comes back`;
  // A program cannot say it, and one that leaves it out would change the client.
  const secret = secretIn(args);
  if (secret !== null)
    return say`${secret.place} has ${secret.what} in it, which no program may say: take it out at the vendor first`;
  // What no terminal shows was taken out of it: a program that says the rest would change it.
  const odd = Object.keys(args).find((key) => JSON.stringify(args[key]).includes("\ufffd"));
  if (odd !== undefined) return say`${odd} has characters that no program can say`;
  const needed = { tenantId: "t", status: "active", ...args };
  const { error } = schema.safeParse(needed);
  const [issue] = error?.issues ?? [];
  return issue === undefined ? null : say`${issue.path.join(".")} ${issue.message}, as the vendor has it`;
}

/** The TypeScript program of these resources. */
export function programOf(
  { kind }: Pick<Described, "kind">,
  resources: readonly AdoptedResource[],
  { isProtected }: ProgramOptions,
): string {
  const [vendor = "", className = ""] = kind.split(":");
  const options = isProtected ? ", { protect: true }" : "";
  const statements = resources.map(
    ({ variable, resource, args }) =>
      `export const ${variable} = new ${vendor}.${className}(${JSON.stringify(resource)}, ${literal(args, "")}${options});\n`,
  );
  return [`import { ${vendor} } from "pulumi-oauth-clients";\n`, ...statements].join("\n");
}

/** A value as a program writes it. */
function literal(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => literal(one, inner))
    : Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .map(([key, one]) => `${isName(key) ? key : JSON.stringify(key)}: ${literal(one, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return `${open}${close}`;
  const space = Array.isArray(value) ? "" : " ";
  const line = `${open}${space}${parts.join(", ")}${space}${close}`;
  const isTop = indent === "";
  return !isTop && line.length <= 90 && !line.includes("\n")
    ? line
    : `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}${close}`;
}

function isName(key: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(key);
}

/** Words that no variable of a module may be called. */
const RESERVED =
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield".split(
    " ",
  );

function camelCase(name: string): string {
  const [first = "client", ...others] = wordsOf(name);
  const joined = [
    /^[A-Z0-9]+$/.test(first) ? first.toLowerCase() : first.charAt(0).toLowerCase() + first.slice(1),
    ...others.map((word) => word.charAt(0).toUpperCase() + word.slice(1)),
  ].join("");
  return /^\d/.test(joined) ? `client${joined}` : joined;
}
