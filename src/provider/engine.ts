import { createRequire } from "node:module";
import { z } from "zod";
import type { SafeText } from "../core/redaction.ts";
import type { Console } from "../runtime/operations.ts";
import { DIRECTLY, LOG_LIMIT_MS } from "../runtime/process.ts";

/** How severe a diagnostic is. */
export type Severity = Parameters<Console["log"]>[0];

/**
 * The engine as the dynamic-provider process can reach it: the resource's URN of a running request, and the log.
 *
 * Neither is handed to a dynamic provider. What this file leans on is undocumented and was tried on the real engine
 * (@pulumi/pulumi 3.249 to 3.270): the last argument of the process is the engine's address, and the request
 * classes of the protocol are shared with this process, so their getters can note which request they belong to.
 * Everything here falls back: without a URN a line shows under the stack, without an engine on the console.
 */
export interface Engine extends Console {
  /** The URN of the request that has just called with these arguments; null when it is not known. */
  urnOf(properties: object, id: string | null): string | null;
}

/** The engine of this process. */
export function connectEngine(argv: readonly string[] = process.argv): Engine {
  const urns = new WeakMap<object, string>();
  let latest: { id: string; urn: string } | null = null;
  const pulumi = loadPulumi(argv[1]);
  if (pulumi !== null) {
    noteUrns(pulumi.provider, {
      byProperties: (properties, urn) => urns.set(properties, urn),
      byId: (id, urn) => {
        latest = { id, urn };
      },
    });
  }
  const address = engineAddress(argv);
  const send = pulumi === null || address === null ? null : engineLog(pulumi, address);
  return {
    urnOf(properties, id) {
      return urns.get(properties) ?? (latest !== null && latest.id === id ? latest.urn : null);
    },
    async log(severity, message, urn) {
      const taken = send !== null && (await send(severity, message, urn).catch(() => false));
      if (!taken) toConsole(severity, message);
    },
    async progress(message, urn) {
      await send?.("info", message, urn, true).catch(() => false);
    },
  };
}

/** `host:port` of the engine that started this process; null when its arguments do not say it. */
export function engineAddress(argv: readonly string[]): string | null {
  const last = argv.at(-1) ?? "";
  return /^[\w.[\]:-]+:\d+$/.test(last) ? last : null;
}

function toConsole(severity: Severity, message: SafeText): void {
  if (severity === "warning") console.error(`warning: ${message}`);
  else console.log(message);
}

const functionSchema = z.custom<(...args: readonly unknown[]) => unknown>((value) => typeof value === "function");
const classSchema = z.custom<new (...args: readonly unknown[]) => Record<string, unknown>>(
  (value) => typeof value === "function",
);
const pulumiSchema = z.object({
  provider: z.record(z.string(), z.unknown()),
  engine: z.object({ LogRequest: classSchema, LogSeverity: z.object({ INFO: z.number(), WARNING: z.number() }) }),
  services: z.object({ EngineClient: classSchema }),
  grpc: z.object({ credentials: z.object({ createInsecure: functionSchema }) }),
});
type PulumiModules = z.infer<typeof pulumiSchema>;

/** The protocol modules of the very @pulumi/pulumi that runs this process, not of another copy. */
function loadPulumi(script: string | undefined): PulumiModules | null {
  if (script === undefined) return null;
  try {
    const require = createRequire(script);
    return pulumiSchema.parse({
      provider: require("@pulumi/pulumi/proto/provider_pb.js"),
      engine: require("@pulumi/pulumi/proto/engine_pb.js"),
      services: require("@pulumi/pulumi/proto/engine_grpc_pb.js"),
      grpc: require("@grpc/grpc-js"),
    });
  } catch {
    return null;
  }
}

/** Which getter of which request is called before our method, and with what the method is then called. */
const PROPERTY_GETTERS: Readonly<Record<string, readonly string[]>> = {
  CheckRequest: ["getNews"],
  DiffRequest: ["getNews"],
  CreateRequest: ["getProperties"],
  ReadRequest: ["getProperties", "getInputs"],
  UpdateRequest: ["getNews"],
  DeleteRequest: ["getProperties"],
};

function noteUrns(
  provider: Readonly<Record<string, unknown>>,
  note: { byProperties(properties: object, urn: string): void; byId(id: string, urn: string): void },
): void {
  for (const [name, getters] of Object.entries(PROPERTY_GETTERS)) {
    const request = provider[name];
    if (typeof request !== "function") continue;
    const prototype: unknown = request.prototype;
    if (typeof prototype !== "object" || prototype === null) continue;
    for (const getter of getters) {
      wrap(prototype, getter, (self, struct) => {
        const urn = call(self, "getUrn");
        if (typeof urn !== "string" || typeof struct !== "object" || struct === null) return;
        wrap(struct, "toJavaScript", (_struct, properties) => {
          if (typeof properties === "object" && properties !== null) note.byProperties(properties, urn);
        });
      });
    }
    // The request that loads this code was read before the wrapping; its id is asked for right before our method.
    wrap(prototype, "getId", (self, id) => {
      const urn = call(self, "getUrn");
      if (typeof urn === "string" && typeof id === "string") note.byId(id, urn);
    });
  }
}

/** Lets a method go on as before, and shows what it returned. */
function wrap(target: object, method: string, seen: (self: object, result: unknown) => void): void {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== "function") return;
  Object.defineProperty(target, method, {
    configurable: true,
    writable: true,
    value(this: object, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(original, this, args);
      seen(this, result);
      return result;
    },
  });
}

function call(target: object, method: string): unknown {
  const found: unknown = Reflect.get(target, method);
  return typeof found === "function" ? Reflect.apply(found, target, []) : undefined;
}

type SendLog = (severity: Severity, message: SafeText, urn: string | null, isPassing?: boolean) => Promise<boolean>;

function engineLog(pulumi: PulumiModules, address: string): SendLog {
  let client: Record<string, unknown> | null = null;
  return (severity, message, urn, isPassing = false) =>
    new Promise((resolve) => {
      client ??= new pulumi.services.EngineClient(address, pulumi.grpc.credentials.createInsecure(), DIRECTLY);
      const request = new pulumi.engine.LogRequest();
      const { LogSeverity } = pulumi.engine;
      set(request, "setSeverity", severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO);
      set(request, "setMessage", message);
      if (urn !== null) set(request, "setUrn", urn);
      if (isPassing) set(request, "setEphemeral", true);
      const log = client.log;
      if (typeof log !== "function") return resolve(false);
      const deadline = Date.now() + LOG_LIMIT_MS;
      Reflect.apply(log, client, [request, { deadline }, (error: unknown) => resolve(!error)]);
    });
}

function set(target: object, setter: string, value: unknown): void {
  const found: unknown = Reflect.get(target, setter);
  if (typeof found === "function") Reflect.apply(found, target, [value]);
}
