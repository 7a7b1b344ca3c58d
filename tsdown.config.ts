import { defineConfig } from "tsdown";
import { texts } from "./tools/build/texts.ts";
import { slimUndici, UNDICI_IS_BUILT_IN } from "./tools/build/undici.ts";

// One format: the Pulumi SDK is CommonJS too, and programs of ES modules import it as well. Whoever built both would have
// everything twice. Nothing is cleaned here: `tools/build` takes away what a build no longer makes.
export const common = {
  format: "cjs",
  platform: "node",
  target: "node22.19",
  sourcemap: false,
  clean: false,
  hash: false,
  // No comments with the paths of modules: they depend on where the dependencies are, and a build must not.
  inputOptions: { experimental: { attachDebugInfo: "none" } },
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
} as const;

/** Leaves a module out of a build, and takes it from where another build puts it. */
function besides(modules: Readonly<Record<string, string>>) {
  return {
    name: "besides",
    resolveId(source: string) {
      const id = modules[source];
      return id === undefined ? undefined : { id, external: true };
    },
  };
}

export default defineConfig([
  {
    ...common,
    // Starts with every command: built in are zod and undici, which take far longer to load from their own files. What the
    // command `oauth-clients` writes its formats with is built in, too: of large packages it uses little.
    entry: { provider: "src/provider/index.ts", lookups: "src/lookups/index.ts", cli: "src/cli/main.ts" },
    dts: { entry: "src/provider/index.ts" },
    deps: { alwaysBundle: ["zod", "undici", "csv-stringify", "fast-xml-builder", "string-width", "wrap-ansi"] },
    plugins: [slimUndici, texts],
    define: UNDICI_IS_BUILT_IN,
    outputOptions: {
      strict: true,
      chunkFileNames: "provider/[name].js",
      // One file for what any of them is made of, and not a dozen to open. What is loaded late, with undici, stays by itself.
      codeSplitting: {
        groups: [{ name: "house", test: /[\\/]src[\\/](?!cli|provider|lookups|http[\\/]transport\.ts)/ }],
      },
    },
  },
  {
    ...common,
    entry: {
      index: "src/index.ts",
      automation: "src/automation/index.ts",
    },
    dts: { entry: ["src/automation/index.ts", "src/index.ts"] },
    // What a program looks up with is built above, as what the provider is made of.
    plugins: [besides({ "../lookups/index.ts": "./lookups.js" })],
    outputOptions: { strict: true, chunkFileNames: "shared/[name].js" },
  },
]);
