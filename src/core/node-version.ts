import { OAuthClientsError } from "./errors.ts";
import { say } from "./text.ts";

/** The oldest Node.js that works: undici 8 asks for it. The same as `engines` in package.json. */
export const OLDEST_NODE = "22.19.0";

/**
 * Says so where Node.js is too old, before something obscure fails.
 *
 * @throws {OAuthClientsError} `node-too-old`
 */
export function assertNodeVersion(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new OAuthClientsError(
    "node-too-old",
    say`pulumi-oauth-clients needs Node.js ${OLDEST_NODE} or newer, but this is ${version}.`,
    say`Install a newer Node.js, and check which \`node\` stands first on the PATH that Pulumi sees.`,
  );
}
