/** How types of resources are called: by the programs of dynamic resources, and by those of the packaged provider. */

/** In front of a kind, in the type of a dynamic resource. */
export const DYNAMIC_TYPE = "pulumi-nodejs:dynamic/";

/** The package of the packaged provider, in front of a kind, too. */
export const PACKAGE = "oauth-clients";
export const PACKAGED_TYPE = `${PACKAGE}:`;
