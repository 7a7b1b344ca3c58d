#!/usr/bin/env node
// First: schemas read its settings when they are made.
import "../../src/connections/zod.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assertNodeVersion } from "../../src/core/node-version.ts";
import { NO_SECRETS } from "../../src/core/redaction.ts";
import { interruptOf } from "../../src/runtime/process.ts";
import { readable } from "../../src/runtime/readable.ts";
import manifest from "../package.json" with { type: "json" };
import { EngineConsole } from "./engine.ts";
import { pluginProvider } from "./provider.ts";
import { serve } from "./server.ts";

try {
  assertNodeVersion();
} catch (error) {
  // Pulumi shows all that a provider printed which ended: this line, and no stack below it.
  process.stderr.write(`${readable(error, NO_SECRETS).message}\n`);
  process.exit(1);
}
const [address = null] = process.argv.slice(2);
const console = new EngineConsole();
if (address !== null) console.connect(address);
const interrupt = interruptOf(address);
const schema = () => readFile(join(import.meta.dirname, "..", "schema.json"), "utf8");
serve(
  pluginProvider({ console, interrupt, engineAddress: address, env: process.env, version: manifest.version, schema }),
);
