import { createRequire } from "node:module";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { Redactor } from "../core/redaction.ts";
import { say } from "../core/text.ts";
import { connectEngine } from "./engine.ts";

const script = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/dynamic-provider/index.js");
const ofPulumi = createRequire(script);

/** An engine that notes what is logged. */
async function startEngine(): Promise<{ address: string; logged: string[] }> {
  const grpc = ofPulumi("@grpc/grpc-js");
  const { EngineService } = ofPulumi("@pulumi/pulumi/proto/engine_grpc_pb.js");
  const { Empty } = ofPulumi("google-protobuf/google/protobuf/empty_pb.js");
  const logged: string[] = [];
  const server = new grpc.Server();
  const log = (call: { request: { getMessage(): string } }, done: (error: null, answer: unknown) => void) => {
    logged.push(call.request.getMessage());
    done(null, new Empty());
  };
  server.addService({ log: EngineService.log }, { log });
  const port = await new Promise((resolve, reject) => {
    const bound = (error: Error | null, at: number) => (error === null ? resolve(at) : reject(error));
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), bound);
  });
  onTestFinished(() => server.forceShutdown());
  return { address: `127.0.0.1:${port}`, logged };
}

afterEach(() => vi.unstubAllEnvs());

test.each(["https_proxy", "http_proxy", "grpc_proxy"])(
  "a line reaches the engine on this computer also where %s names a proxy",
  async (variable) => {
    vi.stubEnv(variable, "http://127.0.0.1:9");
    vi.stubEnv("no_proxy", "");
    const { address, logged } = await startEngine();
    await connectEngine(["node", script, address]).log("info", new Redactor().show(say`hello`), null);
    expect(logged).toEqual(["hello"]);
  },
);
