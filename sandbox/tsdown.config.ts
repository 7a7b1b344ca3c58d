import { defineConfig } from "tsdown";
import { common } from "../tsdown.config.ts";

export default defineConfig({
  ...common,
  entry: { index: "src/index.ts", cli: "src/cli/main.ts" },
  dts: { entry: ["src/index.ts"] },
  outputOptions: { strict: true, chunkFileNames: "shared/[name].js" },
});
