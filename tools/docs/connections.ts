/** The table of all settings in docs/connections.md, made from the settings' own schemas. */
import { z } from "zod";
import { configKey, environmentPrefix } from "../../src/connections/settings.ts";
import { environmentName } from "../../src/lifecycle/words.ts";
import { vendors } from "../../src/vendors/registry.ts";

const HEAD = ["Setting", "Environment", "Stack config", "Secret", "Default", "Vendor", "Meaning"];

/** One row per setting; a setting of several vendors is one row. */
export function settingsTable(): string {
  const keys = [...new Set(vendors.flatMap((vendor) => Object.keys(vendor.settings.shape)))];
  const rows = keys.map((key) => {
    const owners = vendors.filter((vendor) => key in vendor.settings.shape);
    const [schema] = owners.flatMap((vendor) => vendor.settings.shape[key] ?? []);
    if (schema === undefined) throw new Error(`There is no schema of ${key}.`);
    return [
      code(key),
      owners.map((vendor) => code(environmentPrefix(vendor, "default") + environmentName(key))).join(" "),
      owners.map((vendor) => code(configKey(vendor, "default", key))).join(" "),
      schema.meta()?.secret === true ? "yes" : "",
      defaultOf(schema),
      owners.map(({ title }) => title).join(", "),
      schema.description ?? "",
    ];
  });
  return [HEAD, HEAD.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What an absent value becomes; for one that has to be there, that it is required. */
export function defaultOf(schema: z.core.$ZodType): string {
  const parsed = z.safeParse(schema, undefined);
  if (!parsed.success) return "required";
  return parsed.data === undefined ? "" : code(String(parsed.data));
}

function code(text: string): string {
  return `\`${text}\``;
}
