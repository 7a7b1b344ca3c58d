#!/usr/bin/env node
// First: schemas read its settings when they are made.
import "../../src/connections/zod.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { assertNodeVersion } from "../../src/core/node-version.ts";
import { watchEngine } from "../../src/runtime/engine-gone.ts";
import { ENDING_SIGNALS, Interrupt } from "../../src/runtime/interrupt.ts";
import manifest from "../package.json" with { type: "json" };
import { EngineConsole } from "./engine.ts";
import { pluginProvider } from "./provider.ts";

/** Pulumi's own limit: a state with many large resources travels in one message. */
const LARGEST_MESSAGE_BYTES = 400 * 1024 * 1024;

assertNodeVersion();
const [address = null] = process.argv.slice(2);
const console = new EngineConsole();
if (address !== null) console.connect(address);
const interrupt = new Interrupt();
for (const signal of ENDING_SIGNALS) process.on(signal, () => interrupt.arrived());
watchEngine({
  address,
  output: process.stdout,
  errors: process.stderr,
  idleMs: () => interrupt.idleMs(),
  gone: () => interrupt.orphaned(),
});

const server = new grpc.Server({
  "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
  "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
});
const schema = () => readFile(join(import.meta.dirname, "..", "schema.json"), "utf8");
server.addService(
  services.ResourceProviderService,
  pluginProvider({ console, interrupt, env: process.env, version: manifest.version, schema }),
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  // The engine reads it.
  process.stdout.write(`${port}\n`);
});
