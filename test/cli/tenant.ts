import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "pulumi-oauth-clients-sandbox";
import { clientOutside, type Made, VENDORS, type VendorName } from "../outside.ts";
import { type CommandOptions, type Ended, oauthClients, onTerminal } from "./command.ts";

export { VENDORS, type VendorName };

/** A tenant at the sandbox, the command's settings for it, and a folder for its files. */
export class Tenant {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly id: string;
  readonly #token: string;

  private constructor(sandbox: Sandbox, folder: string, token: string) {
    this.sandbox = sandbox;
    this.folder = folder;
    this.#token = token;
    this.id = sandbox.tenants[0].id;
    this.env = {};
  }

  static async open(): Promise<Tenant> {
    const sandbox = await startSandbox();
    const tenant = new Tenant(sandbox, await mkdtemp(join(tmpdir(), "oauth-clients-cli-")), await sandbox.adminToken());
    tenant.only("rezolve");
    return tenant;
  }

  /** Sets up just this vendor. */
  only(vendor: VendorName): void {
    for (const name of Object.keys(this.env)) delete this.env[name];
    Object.assign(this.env, this.settingsOf(vendor));
  }

  settingsOf(vendor: VendorName): Record<string, string> {
    const prefix = vendor.toUpperCase();
    const shared = {
      [`${prefix}_BASE_URL`]: this.sandbox.url,
      [`${prefix}_TENANT_ID`]: this.id,
      [`${prefix}_TOKEN`]: this.#token,
      [`${prefix}_RETRY_BUDGET_SECONDS`]: "1",
    };
    return vendor === "rezolve" ? shared : { ...shared, NEXUS_APPLICATION_TOKEN: this.sandbox.nexus.applicationToken };
  }

  /** Makes a client past Pulumi, as somebody in the vendor's console does. */
  async client(vendor: VendorName, name: string, more: Record<string, unknown> = {}): Promise<string> {
    return (await this.made(vendor, { name, ...more })).id;
  }

  /** The same, with all that its maker learns. */
  made(vendor: VendorName, wanted: Record<string, unknown>): Promise<Made> {
    return clientOutside({ sandbox: this.sandbox, token: this.#token, tenantId: this.id }, vendor, wanted);
  }

  /** Runs the command with the tenant's settings. */
  run(args: readonly string[], { env, ...options }: CommandOptions = {}): Promise<Ended> {
    return oauthClients(args, { cwd: this.folder, env: { ...this.env, ...env }, ...options });
  }

  /** The same on a terminal of so many columns. */
  runOnTerminal(args: readonly string[], columns: number, { env, ...options }: CommandOptions = {}): Promise<Ended> {
    return onTerminal(args, columns, { cwd: this.folder, env: { ...this.env, ...env }, ...options });
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  reset(): void {
    this.sandbox.faults.clear();
    this.sandbox.requests.clear();
    for (const { id } of this.sandbox.clients.list()) this.sandbox.clients.remove(id, "hard");
    this.only("rezolve");
  }

  async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
