/** How types of resources are called: by the programs of dynamic resources, and by those of the packaged provider. */

/** In front of a kind, in the type of a dynamic resource. */
export const DYNAMIC_TYPE = "pulumi-nodejs:dynamic/";

/** The package of the packaged provider, in front of a kind, too. */
export const PACKAGE = "oauth-clients";
export const PACKAGED_TYPE = `${PACKAGE}:`;

/**
 * Whether a provider is one that the engine makes by itself: it is called `default`, with the version behind it and the
 * address that its program comes from, as far as the program's SDK names them.
 *
 * @param urn of the provider, or how resources refer to it: with its id behind
 */
export function isDefaultProvider(urn: string): boolean {
  const name = urn.split("::")[3] ?? "";
  return /^default(_\d+_\d+_\d+.*|_.*[./].*)?$/.test(name);
}
