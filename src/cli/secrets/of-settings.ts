/** Secrets of settings, and which setting each of them is. */
import { configKey } from "../../connections/settings.ts";
import { isRecord, parsedJson } from "../../core/json.ts";
import { environmentName } from "../../lifecycle/words.ts";
import { vendors } from "../../vendors/registry.ts";
import type { Vendor } from "../../vendors/vendor.ts";
import { REDACTOR } from "../redactor.ts";

/** A value of the stack's config that is secret: it is shown by no command from then on. */
export function keepConfigSecret(key: string, value: string | undefined): void {
  const [namespace = "", ...rest] = key.split(":");
  const vendor = vendors.find(({ name }) => name === namespace);
  if (vendor !== undefined) keepOf(vendor, rest.join(":"), value);
  else if (namespace === "oauth-clients") REDACTOR.add(value, inConfig(key));
  // Of another namespace: it may well be an ordinary word, such as a domain.
  else REDACTOR.mask(value, inConfig(key));
}

function keepOf(vendor: Vendor, key: string, value: string | undefined): void {
  const named = inConfig(configKey(vendor, "default", key));
  if (key === "connections") keepConnections(vendor, value);
  else if (isCredential(vendor, key)) REDACTOR.add(value, named);
  // Where clients are is an identifier, which plans and receipts need, and which the provider shows whoever marks it.
  else if (!saysWhere(vendor, key)) REDACTOR.mask(value, named);
}

/** One secret among them makes all of them secret: most are ordinary words. */
function keepConnections(vendor: Vendor, value: string | undefined): void {
  const parsed = parsedJson(value ?? "");
  if (!isRecord(parsed)) {
    REDACTOR.mask(value, inConfig(`${vendor.name}:connections`));
    return;
  }
  for (const [name, settings] of Object.entries(parsed)) {
    if (!isRecord(settings)) continue;
    for (const [key, one] of Object.entries(settings))
      if (typeof one === "string" && isCredential(vendor, key))
        REDACTOR.add(one, inConfig(configKey(vendor, name, key)));
  }
}

/** What our settings do not know is taken for one. */
export function isCredential({ settings }: Vendor, key: string): boolean {
  return !(key in settings.shape) || settings.shape[key]?.meta()?.secret === true;
}

function saysWhere({ place }: Vendor, key: string): boolean {
  return key === "baseUrl" || place.some((part) => part.key === key);
}

const inConfig = (key: string) => `the stack config ${key}`;

/** The credentials in the environment, of whichever connection, by their variables. */
export function environmentSecrets(
  env: Readonly<Record<string, string | undefined>>,
): [named: string, value: string][] {
  return vendors.flatMap((vendor) => {
    const keys = Object.keys(vendor.settings.shape).filter((key) => isCredential(vendor, key));
    const variable = new RegExp(`^${vendor.name.toUpperCase()}_(?:_.+__)?(?:${keys.map(environmentName).join("|")})$`);
    return Object.entries(env).flatMap(([name, value]): [string, string][] =>
      variable.test(name) && value !== undefined ? [[`the environment variable ${name}`, value]] : [],
    );
  });
}
