/** What the pages of the packaged provider in Pulumi's Registry have of the code. */
import { z } from "zod";
import { vendors } from "../../src/vendors/registry.ts";
import { packageSchema } from "../schema/schema.ts";
import { defaultOf } from "./connections.ts";
import { code, table } from "./table.ts";

const schema = z.object({ resources: z.record(z.string(), z.object({ description: z.string() })) });

/** The example of a resource, a language at a time. */
export function registryExample(): string {
  const { resources } = schema.parse(packageSchema("0.0.0"));
  const { description = "" } = resources["oauth-clients:rezolve:OAuthClient"] ?? {};
  const blocks = [...description.matchAll(/^```(\w+)\n.*?^```$/gms)].map(([block, language = ""]) => ({
    block,
    language,
  }));
  const parts = blocks.map(
    ({ block, language }) => `{{% choosable language ${language} %}}\n\n${block}\n\n{{% /choosable %}}`,
  );
  const languages = blocks.map(({ language }) => language).join(",");
  return [`{{< chooser language "${languages}" >}}`, ...parts, "{{< /chooser >}}"].join("\n\n");
}

/** One row per setting of a vendor; a setting of several vendors is one row. */
export function registrySettings(): string {
  const keys = [...new Set(vendors.flatMap(({ settings }) => Object.keys(settings.shape)))];
  const rows = keys.flatMap((key) => {
    const owners = vendors.filter(({ settings }) => key in settings.shape);
    const schema = owners[0]?.settings.shape[key];
    if (schema === undefined) return [];
    const secret = schema.meta()?.secret === true ? "yes" : "";
    return [
      [owners.map(({ name }) => code(`${name}.${key}`)).join(" "), secret, defaultOf(schema), schema.description ?? ""],
    ];
  });
  return table(["Setting", "Secret", "Default", "Meaning"], rows);
}
