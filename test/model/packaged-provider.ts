/** The packaged provider's process, with another provider for each run of the CLI: it begins when the engine configures it. */
// First: schemas read its settings when they are made.
import "../../src/connections/zod.ts";
import { EngineConsole } from "../../plugin/src/engine.ts";
import { pluginProvider } from "../../plugin/src/provider.ts";
import { serve } from "../../plugin/src/server.ts";
import { Interrupt } from "../../src/runtime/interrupt.ts";
import { endWithEngine, SETTLES_MS } from "./process.ts";

const [address = ""] = process.argv.slice(2);
const console = new EngineConsole();
console.connect(address);
endWithEngine(address);

const providerOfRun = () =>
  pluginProvider({
    console,
    interrupt: new Interrupt(() => {}),
    env: process.env,
    version: "0.0.0",
    schema: () => Promise.resolve("{}"),
    settlesMs: SETTLES_MS,
  });

let provider = providerOfRun();
serve(
  new Proxy(provider, {
    get:
      (_first, method) =>
      (...call: unknown[]): unknown => {
        if (method === "configure") provider = providerOfRun();
        return Reflect.apply(Reflect.get(provider, method), provider, call);
      },
  }),
);
