// First: schemas read its settings when they are made.
import "../connections/zod.ts";
import type { dynamic } from "@pulumi/pulumi";
import { assertNodeVersion } from "../core/node-version.ts";
import { interruptOf } from "../runtime/process.ts";
import { assertProtocol } from "../runtime/protocol.ts";
import { connectEngine, engineAddress } from "./engine.ts";
import { OAuthClientsProvider } from "./provider.ts";

let provider: OAuthClientsProvider | null = null;

/**
 * The dynamic provider of this package, one for the whole process. Pulumi states name this entry and this function:
 * both are kept for ever.
 *
 * @param protocol the version of the contract between the state's shell and this package
 * @throws {OAuthClientsError} `engine-contract` for a state that a newer version wrote
 * @example
 * // what stands as `__provider` in every state
 * exports.handler = () => require("pulumi-oauth-clients/provider").createProvider(1);
 */
export function createProvider(protocol: number): dynamic.ResourceProvider {
  assertProtocol(protocol);
  assertNodeVersion();
  if (provider === null) {
    const address = engineAddress(process.argv);
    provider = new OAuthClientsProvider({
      engine: connectEngine(),
      interrupt: interruptOf(address),
      engineAddress: address,
      env: process.env,
    });
  }
  return provider;
}
