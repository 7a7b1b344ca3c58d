import { pack, ROOT } from "../../../tools/release/packing.ts";
import { foreignFolder } from "../../pack/foreign.ts";
import { tarballWords, type Words } from "./words.ts";

/** npm downloads what its cache does not have. */
export const INSTALL_LIMIT_MS = 10 * 60_000;

/** The packages as they would be published, in a folder of their own, and how they are typed. */
export async function tarballs(): Promise<{ folder: string; words: Words }> {
  const folder = await foreignFolder();
  const own = await pack("pulumi-oauth-clients", folder, ROOT, true);
  const sandbox = await pack("pulumi-oauth-clients-sandbox", folder, ROOT, true);
  const plugin = await pack("pulumi-resource-oauth-clients", folder, ROOT, true);
  return {
    folder,
    words: tarballWords({ own: own.tarball, sandbox: sandbox.tarball, plugin: plugin.tarball }),
  };
}
