// First: schemas read its settings when they are made.
import "../connections/zod.ts";
import { Connections } from "../connections/connections.ts";
import type { SettingSources } from "../connections/settings.ts";
import { TimeLimit } from "../connections/time-limit.ts";
import { describeError } from "../core/errors.ts";
import { Redactor } from "../core/redaction.ts";
import type { Connection } from "../lifecycle/connection.ts";
import type { ClientDriver } from "../lifecycle/driver.ts";
import { criteriaIn, lookUp } from "../lifecycle/lookup.ts";
import { placeOf } from "../lifecycle/place.ts";
import type { Properties } from "../lifecycle/properties.ts";
import { vendors } from "../vendors/registry.ts";
import type { Vendor } from "../vendors/vendor.ts";

/**
 * Looks up clients from within a program, which no provider runs for: with the settings, limits and errors of the
 * resources. The connections are shared by look-ups that run at the same time, and closed after the last of them, so that
 * they hold up no program.
 */
export class LookUps {
  readonly #redactor = new Redactor();
  readonly #connections: Connections;
  readonly #drivers = new Map<string, ClientDriver>();
  #running = 0;

  constructor(sources: SettingSources) {
    this.#connections = new Connections(sources, this.#redactor, new AbortController().signal);
  }

  /** Whether none runs. */
  get isIdle(): boolean {
    return this.#running === 0;
  }

  /**
   * @param name prefix of the vendor's settings, for example `rezolve`
   * @param args the filter, and where clients live, as far as the defaults are not meant
   * @throws {Error} whose message is as it may be shown
   */
  async find(name: string, args: Properties): Promise<Properties[]> {
    this.#running += 1;
    try {
      const vendor = vendors.find((one) => one.name === name);
      if (vendor === undefined) throw new Error(`There is no vendor ${name}.`);
      const isWhere = (key: string) => key === "connection" || vendor.place.some((part) => part.key === key);
      const given = Object.entries(args);
      const where: Properties = Object.fromEntries(given.filter(([key, value]) => isWhere(key) && value != null));
      const criteria = criteriaIn(Object.fromEntries(given.filter(([key]) => !isWhere(key))));
      const driver = this.#driverOf(vendor);
      const ending = new TimeLimit(new AbortController().signal);
      const connect = (connection: string): Connection => {
        const shared = this.#connections.get(vendor, connection);
        ending.start(shared.operationLimitMs, "look-up");
        return { ...shared, http: shared.http.within(ending) };
      };
      const { connection = "default", ...place } = where;
      const defaults = this.#connections.get(vendor, String(connection)).place;
      const at = placeOf({ connection, ...defaults, ...place }, { connect }, driver.words);
      return await ending.race(lookUp(driver, at, criteria));
    } catch (error) {
      throw new Error(this.#redactor.show(describeError(error)));
    } finally {
      this.#running -= 1;
      if (this.#running === 0) await this.#connections.close();
    }
  }

  #driverOf(vendor: Vendor): ClientDriver {
    const driver = this.#drivers.get(vendor.name) ?? vendor.driver();
    this.#drivers.set(vendor.name, driver);
    return driver;
  }
}
