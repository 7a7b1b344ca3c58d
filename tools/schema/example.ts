/** The examples of the schema: what a docstring shows in TypeScript, for programs of the packaged provider in several languages. */
import ts from "typescript";

/** A resource that is declared, or a function that is called, and what the program makes known of it. */
interface Example {
  /** The program's own name for it. */
  variable: string;
  vendor: string;
  /** Of the class or of the function. */
  name: string;
  /** Of the resource, to Pulumi; null of a function. */
  resourceName: string | null;
  inputs: Readonly<Record<string, unknown>>;
  /** By their names in the program the outputs that it exports. */
  exported: Readonly<Record<string, string>>;
}

/** What the languages call the package. */
export interface PackageNames {
  schema: string;
  nodejs: string;
  python: string;
}

/**
 * An example as the Registry and the generators of SDKs take it from a description.
 *
 * @param shown a docstring's example: one call with a literal, then exports
 * @param enumOf the name of the enumeration that an input is of, if it is of one
 */
export function exampleUsage(
  shown: string,
  names: PackageNames,
  enumOf: (input: string) => string | undefined,
): string {
  const example = exampleIn(shown);
  const languages = {
    typescript: inTypeScript(example, names),
    python: inPython(example, names, enumOf),
    yaml: inYaml(example, names),
  };
  const blocks = Object.entries(languages).map(([language, code]) => `\`\`\`${language}\n${code}\n\`\`\``);
  const title = example.resourceName === null ? "Looked up" : "Declared";
  return ["{{% examples %}}", "## Example Usage", "{{% example %}}", `### ${title}`, ...blocks, "{{% /example %}}"]
    .concat("{{% /examples %}}")
    .join("\n\n");
}

/** @throws where it is more than one call and exports */
function exampleIn(shown: string): Example {
  const { statements } = ts.createSourceFile("example.ts", shown, ts.ScriptTarget.Latest, true);
  const [first, ...exports] = statements.flatMap((statement) =>
    ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [],
  );
  const called = first?.initializer;
  const call = called !== undefined && ts.isAwaitExpression(called) ? called.expression : called;
  if (first === undefined || call === undefined || !(ts.isNewExpression(call) || ts.isCallExpression(call)))
    throw new Error(`No call is in the example: ${shown}`);
  const [vendor = "", name = ""] = call.expression.getText().split(".");
  const values = (call.arguments ?? []).map(literal);
  const isResource = ts.isNewExpression(call);
  const variable = first.name.getText();
  const outputs = exports.map((one) => {
    const { initializer } = one;
    const output = initializer && ts.isPropertyAccessExpression(initializer) ? initializer.name.text : "";
    return [one.name.getText(), output];
  });
  return {
    variable,
    vendor,
    name,
    resourceName: isResource ? String(values[0]) : null,
    inputs: Object(values[isResource ? 1 : 0]),
    exported: isResource ? Object.fromEntries(outputs) : { found: "clients" },
  };
}

function literal(node: ts.Expression): unknown {
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isArrayLiteralExpression(node)) return node.elements.map(literal);
  if (!ts.isObjectLiteralExpression(node)) throw new Error(`${node.getText()} is no literal.`);
  return Object.fromEntries(
    node.properties.filter(ts.isPropertyAssignment).map((one) => [one.name.getText(), literal(one.initializer)]),
  );
}

function inTypeScript({ variable, vendor, name, resourceName, inputs, exported }: Example, names: PackageNames) {
  const args = written(inputs, (key) => key);
  const called = `oauthClients.${vendor}.${name}`;
  const value = resourceName === null ? `${called}Output(${args})` : `new ${called}("${resourceName}", ${args})`;
  const exports = Object.entries(exported).map(([own, output]) => `export const ${own} = ${variable}.${output};`);
  return [`import * as oauthClients from "${names.nodejs}";`, "", `const ${variable} = ${value};`, ...exports].join(
    "\n",
  );
}

function inPython(
  { variable, vendor, name, resourceName, inputs, exported }: Example,
  names: PackageNames,
  enumOf: (input: string) => string | undefined,
): string {
  const module = `oauth_clients.${vendor}`;
  const args = Object.entries(inputs).map(([key, value]) => {
    const own = typeof value === "string" ? enumOf(key) : undefined;
    const text = written(value, (inner) => `"${snake(inner)}"`, "    ");
    return `    ${snake(key)}=${own === undefined ? text : `${module}.${own}.${snake(String(value)).toUpperCase()}`},`;
  });
  const called = resourceName === null ? `${module}.${snake(name)}_output(` : `${module}.${name}(`;
  return [
    "import pulumi",
    `import ${names.python} as oauth_clients`,
    "",
    `${variable} = ${called}`,
    ...(resourceName === null ? [] : [`    "${resourceName}",`]),
    ...args,
    ")",
    ...Object.entries(exported).map(([own, output]) => `pulumi.export("${own}", ${variable}.${snake(output)})`),
  ].join("\n");
}

function inYaml({ variable, vendor, name, resourceName, inputs, exported }: Example, names: PackageNames): string {
  const token = `${names.schema}:${vendor}:${name}`;
  const given = (indent: string) =>
    Object.entries(inputs).flatMap(([key, value]) => yamlLines(key, value).map((line) => `${indent}${line}`));
  const declared =
    resourceName === null
      ? [
          `variables:`,
          `  ${variable}:`,
          "    fn::invoke:",
          `      function: ${token}`,
          "      arguments:",
          ...given("        "),
        ]
      : [
          "resources:",
          `  ${variable}:`,
          `    type: ${token}`,
          ...(resourceName === variable ? [] : [`    name: ${resourceName}`]),
          "    properties:",
          ...given("      "),
        ];
  const outputs = Object.entries(exported).map(([own, output]) => `  ${own}: \${${variable}.${output}}`);
  return [...declared, "outputs:", ...outputs].join("\n");
}

function yamlLines(key: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${key}: ${JSON.stringify(value)}`];
  const inner = Object.entries(value).flatMap(([own, one]) => yamlLines(own, one));
  return [`${key}:`, ...inner.map((line) => `  ${line}`)];
}

/** A literal, an object with a line for each of its members. */
function written(value: unknown, key: (name: string) => string, indent = ""): string {
  if (Array.isArray(value)) return `[${value.map((one) => written(one, key, indent)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}    `;
  const members = Object.entries(value).map(([name, one]) => `${inner}${key(name)}: ${written(one, key, inner)},`);
  return ["{", ...members, `${indent}}`].join("\n");
}

/** As Pulumi's generator for Python writes names. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at) => `${at === 0 ? "" : "_"}${letter.toLowerCase()}`);
}
