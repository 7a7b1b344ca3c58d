// First: schemas read its settings when they are made.
import "../connections/zod.ts";
import { Connections } from "../connections/connections.ts";
import { connectionsOf, type SettingSources } from "../connections/settings.ts";
import { ConfigurationInvalid, describeError, OAuthClientsError } from "../core/errors.ts";
import type { Redactor } from "../core/redaction.ts";
import { listed, say } from "../core/text.ts";
import type { ClientDriver } from "../lifecycle/driver.ts";
import type { Operation } from "../lifecycle/lifecycle.ts";
import { partsIn } from "../lifecycle/place.ts";
import type { Properties } from "../lifecycle/properties.ts";
import { ENDING_SIGNALS, Interrupt } from "../runtime/interrupt.ts";
import { Ledger, receiptFiles } from "../runtime/ledger.ts";
import { Operations } from "../runtime/operations.ts";
import { Owners } from "../runtime/owners.ts";
import { vendors } from "../vendors/registry.ts";
import type { Vendor } from "../vendors/vendor.ts";
import { CommandConsole } from "./console.ts";
import { EXIT, Failure } from "./exit.ts";
import type { PlaceOptions, SettingsOptions } from "./options.ts";
import { REDACTOR } from "./redactor.ts";
import { stackConfig } from "./stack/pulumi.ts";

/** Where a command works: a vendor, and a connection and a place of it as properties of a resource have them. */
export interface Site {
  vendor: Vendor;
  driver: ClientDriver;
  where: Properties;
}

/** What a command has: the settings as the provider sees them, and operations like the provider's. */
export class Session {
  readonly console = new CommandConsole();
  readonly redactor: Redactor;
  readonly sources: SettingSources;
  readonly interrupt = new Interrupt(() => process.exit(EXIT.interrupted));
  readonly #connections: Connections;
  readonly #operations: Operations;
  readonly #drivers = new Map<string, ClientDriver>();
  #hasBegun = false;
  readonly #moreReceipts: string[] = [];

  constructor(sources: SettingSources) {
    const redactor = REDACTOR;
    this.sources = sources;
    this.redactor = redactor;
    this.#connections = new Connections(sources, redactor, this.interrupt.signal);
    this.#operations = new Operations({
      env: sources.env,
      connections: this.#connections,
      redactor,
      ledger: new Ledger(redactor, () => this.receiptFiles()),
      owners: new Owners(),
      interrupt: this.interrupt,
      console: this.console,
    });
  }

  /** Where receipts of this command are written. */
  receiptFiles(): string[] {
    return [...new Set([...receiptFiles(this.sources), ...this.#moreReceipts])];
  }

  /** Names one more file, beside those of the settings. */
  alsoWriteReceipts(file: string): void {
    this.#moreReceipts.push(file);
  }

  /**
   * Where the options of a command say that it works.
   *
   * @throws {ConfigurationInvalid} where they leave open which vendor is meant, or name what it does not have
   */
  site({ vendor: name, connection, tenant, realm }: PlaceOptions): Site {
    const vendor = this.#vendorOf(name);
    const asked = { tenantId: tenant, realmName: realm };
    const place = Object.fromEntries(
      vendor.place.flatMap(({ key, receipt }) => (asked[receipt] === undefined ? [] : [[key, asked[receipt]]])),
    );
    if (realm !== undefined && !vendor.place.some(({ receipt }) => receipt === "realmName")) {
      throw new ConfigurationInvalid([say`${vendor.title} has no realms: leave out --realm.`]);
    }
    const defaults = this.#connections.get(vendor, connection).place;
    const where = { connection, ...partsIn(defaults, vendor.place), ...place };
    return { vendor, driver: this.driverOf(vendor), where };
  }

  /** Where requests of a site go. */
  baseUrlOf({ vendor, where }: Pick<Site, "vendor" | "where">): string {
    return this.#connections.get(vendor, String(where.connection)).http.baseUrl;
  }

  /** One for the whole command: it remembers what it has learned. */
  driverOf(vendor: Vendor): ClientDriver {
    const driver = this.#drivers.get(vendor.name) ?? vendor.driver();
    this.#drivers.set(vendor.name, driver);
    return driver;
  }

  /**
   * Runs one operation, as the provider would.
   *
   * @param action what is done, as "the …" goes on in a message
   */
  run<Result>(vendor: Vendor, action: string, work: (operation: Operation) => Promise<Result>): Promise<Result> {
    return this.#operations.run({ vendor, kind: this.driverOf(vendor).kind, urn: null, action }, work);
  }

  /** To be called before anything is changed: from then on, an interrupt waits for what is under way. */
  beginChanges(): void {
    this.#hasBegun = true;
  }

  /** To be called on one of the {@link ENDING_SIGNALS}. */
  interrupted(): void {
    const isHurried = this.interrupt.signal.aborted;
    // The first one lets deletions that are under way end; a second one comes from somebody in a hurry.
    if (this.#hasBegun) {
      if (isHurried) this.interrupt.hurried();
      else this.interrupt.arrived();
      return;
    }
    this.console.say("oauth-clients: Interrupted. Nothing was changed.");
    process.exit(EXIT.interrupted);
  }

  /**
   * Asks for one token as a client, and forgets it.
   *
   * @throws {OAuthClientsError} where none is issued: `TokenRefused` where the endpoint says so
   */
  async requestToken(
    vendor: Vendor,
    connection: string,
    client: Parameters<Connections["tokenEndpoint"]>[2],
  ): Promise<void> {
    const endpoint = this.#connections.tokenEndpoint(vendor, connection, client);
    try {
      await endpoint.issue();
    } finally {
      await endpoint.close();
    }
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  #vendorOf(name: string | undefined): Vendor {
    const wanted = (vendor: Vendor) =>
      name === undefined ? connectionsOf(vendor, this.sources).length > 0 : vendor.name === name;
    const [vendor, ...others] = vendors.filter(wanted);
    if (vendor !== undefined && others.length === 0) return vendor;
    const known = listed(vendors.map((one) => one.name));
    throw new ConfigurationInvalid([
      vendor === undefined
        ? say`No vendor is set up. Name one (--vendor: ${known}), and set its connection in the environment or, with --stack, in a stack's config.`
        : say`Several vendors are set up. Name one: --vendor, of ${known}.`,
    ]);
  }
}

/**
 * Runs a command in a session: with the settings, with Ctrl-C, and with errors that may be printed.
 *
 * @param work returns the exit code
 * @throws {Failure}
 */
export async function inSession(
  { stack, cwd }: SettingsOptions,
  work: (session: Session) => Promise<number>,
): Promise<void> {
  let session: Session | null = null;
  try {
    const config = stack === undefined ? {} : await stackConfig({ stack, cwd });
    const opened = new Session({ env: process.env, config: (key) => config[key]?.value });
    session = opened;
    const arrived = () => opened.interrupted();
    for (const signal of ENDING_SIGNALS) process.on(signal, arrived);
    try {
      const code = await opened.interrupt.during(() => work(opened));
      process.exitCode = opened.interrupt.signal.aborted ? EXIT.interrupted : code;
    } finally {
      for (const signal of ENDING_SIGNALS) process.off(signal, arrived);
    }
  } catch (error) {
    const code = error instanceof OAuthClientsError ? error.code : null;
    throw new Failure(REDACTOR.show(describeError(error)), code);
  } finally {
    session?.console.end();
    await session?.close();
  }
}
