/**
 * The embedded sandbox: a local server that speaks the vendors' APIs and issues real OAuth tokens.
 *
 * @module pulumi-oauth-clients-sandbox
 */
export type { SandboxClientChange, SandboxClientFilter, SandboxClients } from "./controls/clients.ts";
export type { AnswerEdit } from "./controls/editing.ts";
export type { FaultAnswer, FaultEffect, FaultHandle, FaultRule, SandboxFaults } from "./controls/faults.ts";
export type { Api, RequestFilter } from "./controls/matching.ts";
export type { RecordedRequest, RecordedRequestFilter, SandboxRequests } from "./controls/requests.ts";
export { SandboxError, type SandboxErrorCode } from "./errors.ts";
export type { SandboxBasicUser, SandboxNexus, SandboxNexusOptions } from "./nexus/options.ts";
export type { NexusSettings } from "./nexus/settings.ts";
export type { Activity } from "./oauth/ledger.ts";
export type { IntrospectionClient } from "./oauth/machine-clients.ts";
export { sandboxPassword } from "./oauth/password-grant.ts";
export type { ClientCredentials, Introspection, SignedIn, SignInOptions } from "./oauth/protocol.ts";
export type { NexusPermission, NexusRightsOptions } from "./oauth/rights.ts";
export {
  defaultTenants,
  documentedScopes,
  type SandboxAdminClient,
  type SandboxOptions,
  type SandboxTenant,
  type SandboxTenants,
} from "./options.ts";
export type { RezolveSettings } from "./rezolve/settings.ts";
export type { RezolveSettingsInput, SandboxSettings, SandboxSettingsInput } from "./settings.ts";
export { type AdminTokenOptions, type Sandbox, startSandbox } from "./start.ts";
export type { Actor, ClientUsage, Json, SandboxClient, SoftDeletion, TokenLifetimes, Vendor } from "./store/client.ts";
