/** The two kinds of providers, as the model's engine has to do with them. */
import { fileURLToPath } from "node:url";
import { environmentPrefix } from "../../src/connections/settings.ts";
import { DYNAMIC_TYPE, PACKAGED_TYPE } from "../../src/core/type-names.ts";
import { environmentName } from "../../src/lifecycle/words.ts";
import type { ProcessOptions, Properties } from "../../tools/bench/provider-process.ts";

/** Settings of connections, by vendor. */
export type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Way {
  /** In front of the kind, in the type of a resource. */
  type: string;
  /** What it runs. */
  process: Pick<ProcessOptions, "script">;
  /** What goes into the requests of a run of the CLI. */
  shellOf(run: number): string | null;
  /** Inputs as a program of it declares them. */
  declared(kind: string, inputs: Properties): Properties;
  /** Settings, as they come out of the stack config. */
  config(settings: Settings): Properties;
}

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export const WAYS = {
  dynamic: {
    type: DYNAMIC_TYPE,
    process: {},
    shellOf: (run) =>
      `exports.handler = () => require(${JSON.stringify(path("dynamic-provider.ts"))}).providerOf(${run});`,
    declared: (kind, inputs) => ({ ...inputs, __kind: kind }),
    config: (settings) =>
      Object.fromEntries(
        Object.entries(settings).flatMap(([vendor, own]) =>
          Object.entries(own).map(([key, value]) => [`${vendor}:${key}`, value]),
        ),
      ),
  },
  packaged: {
    type: PACKAGED_TYPE,
    process: { script: path("packaged-provider.ts") },
    shellOf: () => null,
    declared: (_kind, inputs) => inputs,
    config: (settings) =>
      Object.fromEntries(Object.entries(settings).map(([vendor, own]) => [vendor, JSON.stringify(own)])),
  },
} as const satisfies Record<string, Way>;

/** Settings as variables of an environment. */
export function environmentOf(settings: Settings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, own]) =>
      Object.entries(own).map(([key, value]) => [environmentPrefix({ name }, "default") + environmentName(key), value]),
    ),
  );
}
