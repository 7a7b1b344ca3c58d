import manifest from "../../package.json" with { type: "json" };

const OLDEST_NODE = manifest.engines.node.replace(">=", "");

/**
 * Says so where Node.js is too old, before something obscure fails.
 *
 * @throws {Error}
 */
export function assertNodeVersion(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(`Node.js ${OLDEST_NODE} or newer is needed, but this is ${version}.`);
}
