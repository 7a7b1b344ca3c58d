/** Serves a provider to the engine that started this process. */
import * as grpc from "@grpc/grpc-js";
import services, { type IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb.js";

/** Pulumi's own limit: a state with many large resources travels in one message. */
const LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024;

/** Listens on a port of its own, and says which one. */
export function serve(provider: IResourceProviderServer): void {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
    "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
  });
  server.addService(services.ResourceProviderService, provider);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    // The engine reads it.
    process.stdout.write(`${port}\n`);
  });
}
