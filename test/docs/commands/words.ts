/** What a reader puts in the place of the pages' made-up words; nothing else of a piece is changed. */
import type { Sandbox } from "pulumi-oauth-clients-sandbox";
import type { VendorName } from "../../cli/tenant.ts";

/** By what each word is replaced, one after the other. */
export type Words = readonly (readonly [from: string | RegExp, to: string])[];

export function replaced(code: string, words: Words): string {
  return words.reduce((text, [from, to]) => text.replaceAll(from, () => to), code);
}

/** Our packages are not published yet: `npm install` gets their tarballs. What `npx` names is installed by then. */
export function tarballWords({ own, sandbox, plugin }: { own: string; sandbox: string; plugin: string }): Words {
  return [
    [/(?<=^npm install.*)\bpulumi-resource-oauth-clients\b/gm, plugin],
    [/(?<=^npm install.*)\bpulumi-oauth-clients-sandbox\b/gm, sandbox],
    [/(?<=^npm install.*) pulumi-oauth-clients(@latest)?(?= |$)/gm, ` ${own}`],
  ];
}

/** The vendor's addresses and tokens, and for Nexus what the pages say of it beside Rezolve's words. */
export async function vendorWords(vendor: VendorName, sandbox: Sandbox): Promise<Words> {
  const token = await sandbox.adminToken();
  const addresses: Words = [
    [/https:\/\/(api\.rezolve|api|eu)\.example\.test/g, sandbox.url],
    ["https://login.example.test/oauth/token", sandbox.tokenUrl],
  ];
  if (vendor === "rezolve") return [...addresses, [/(?<=TOKEN=|token'? )…/g, token]];
  const application = sandbox.nexus.applicationToken;
  return [
    ...addresses,
    ["REZOLVE__EU__TOKEN=…", `NEXUS__EU__TOKEN=${token} NEXUS__EU__APPLICATION_TOKEN=${application}`],
    ["REZOLVE_TOKEN=…", `NEXUS_TOKEN=${token} NEXUS_APPLICATION_TOKEN=${application}`],
    [/(?<=token'? )…/g, token],
    ["REZOLVE_", "NEXUS_"],
    [/\brezolve(?=:| |$)/g, "nexus"],
    // The program is that of examples/nexus, whose output has another name.
    ["stack output clientSecret", "stack output syncSecret"],
    // Nexus' list has no dates (docs/many.md), so that nothing can be chosen by them.
    [" --older-than 7d", ""],
  ];
}

/** A text of a page as a pattern: `…` is anything, and the rest as it stands. */
export function patternOf(shown: string): RegExp {
  const escaped = (part: string) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(shown.split("…").map(escaped).join(".*"));
}
