import manifest from "../../package.json" with { type: "json" };

/** What every request says of itself (RFC 9110, 10.1.5). The version is put in when the package is built. */
export const USER_AGENT = `pulumi-oauth-clients/${manifest.version}`;
