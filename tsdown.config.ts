import { defineConfig } from "tsdown";

const common = { platform: "node", target: "node22.19", sourcemap: false, clean: true, fixedExtension: true } as const;

export default defineConfig([
  {
    ...common,
    entry: {
      index: "src/index.ts",
      provider: "src/provider/index.ts",
      automation: "src/automation/index.ts",
      sandbox: "src/sandbox/index.ts",
    },
    format: ["esm", "cjs"],
    dts: true,
  },
  { ...common, clean: false, entry: { cli: "src/cli/main.ts" }, format: ["esm"], dts: false },
]);
