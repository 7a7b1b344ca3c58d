/** The engine, as a provider reaches it. */
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";
import type { Console } from "../../src/runtime/operations.ts";
import { DIRECTLY, LOG_LIMIT_MS } from "../../src/runtime/process.ts";

/** Where people read what happens: at the resource, or in this process's output where no engine listens. */
export class EngineConsole implements Console {
  #client: InstanceType<typeof services.EngineClient> | null = null;

  /** @param address `host:port` */
  connect(address: string): void {
    this.#client = new services.EngineClient(address, grpc.credentials.createInsecure(), DIRECTLY);
  }

  async log(severity: "info" | "warning", message: string, urn: string | null): Promise<void> {
    if (await this.#send(severity, message, urn, false)) return;
    if (severity === "warning") console.error(`warning: ${message}`);
    else console.error(message);
  }

  async progress(message: string, urn: string | null): Promise<void> {
    await this.#send("info", message, urn, true);
  }

  #send(severity: "info" | "warning", message: string, urn: string | null, isPassing: boolean): Promise<boolean> {
    const client = this.#client;
    if (client === null) return Promise.resolve(false);
    const request = new messages.LogRequest();
    request.setSeverity(severity === "warning" ? messages.LogSeverity.WARNING : messages.LogSeverity.INFO);
    request.setMessage(message);
    if (urn !== null) request.setUrn(urn);
    request.setEphemeral(isPassing);
    const deadline = Date.now() + LOG_LIMIT_MS;
    return new Promise((taken) =>
      client.log(request, new grpc.Metadata(), { deadline }, (error) => taken(error === null)),
    );
  }
}
