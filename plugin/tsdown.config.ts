import { defineConfig } from "tsdown";
import { slimUndici, UNDICI_IS_BUILT_IN } from "../tools/build/undici.ts";
import { common } from "../tsdown.config.ts";

// Everything is built in: nothing to install beside it, and one file to load when a command starts.
export default defineConfig({
  ...common,
  entry: { main: "src/main.ts" },
  dts: false,
  deps: { alwaysBundle: [/.*/] },
  plugins: [slimUndici],
  define: UNDICI_IS_BUILT_IN,
  outputOptions: { strict: true, chunkFileNames: "shared/[name].js" },
});
