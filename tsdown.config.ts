import { defineConfig } from "tsdown";

// Not cleaned here: a build must not take the ground from under a running program. `npm pack` builds cleanly.
const common = { platform: "node", target: "node22.19", sourcemap: false, clean: false, fixedExtension: true } as const;

export default defineConfig([
  {
    ...common,
    // Starts with every command: bundled with zod, which takes three times as long to load from its own files.
    entry: { provider: "src/provider/index.ts" },
    format: ["esm", "cjs"],
    dts: true,
    deps: { alwaysBundle: ["zod"] },
  },
  {
    ...common,
    entry: {
      index: "src/index.ts",
      automation: "src/automation/index.ts",
      sandbox: "src/sandbox/index.ts",
    },
    format: ["esm", "cjs"],
    dts: true,
  },
  { ...common, entry: { cli: "src/cli/main.ts" }, format: ["esm"], dts: false },
]);
