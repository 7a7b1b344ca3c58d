import type { Redactor } from "../core/redaction.ts";
import { HttpClient } from "../http/client.ts";
import { assertToken, type Credential, fixedToken, tokenFile } from "../http/credential.ts";
import type { Connection } from "../vendors/connection.ts";
import type { Vendor } from "../vendors/vendor.ts";
import { type ResolvedSettings, resolveSettings, type SettingSources } from "./settings.ts";

/** What an operation may wait for in all, in units of its own limits: every request may use up budget and time-outs. */
const OPERATION_LIMIT_FACTOR = 4;

/** The connections of this process: each is built at its first use and shared from then on. */
export class Connections {
  readonly #known = new Map<string, Connection>();
  readonly #sources: SettingSources;
  readonly #redactor: Redactor;
  readonly #stopping: AbortSignal;

  constructor(sources: SettingSources, redactor: Redactor, stopping: AbortSignal) {
    this.#sources = sources;
    this.#redactor = redactor;
    this.#stopping = stopping;
  }

  /** @throws {ConfigurationInvalid} with every problem of its settings */
  get(vendor: Vendor, name: string): Connection {
    const key = `${vendor.name}/${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const settings = resolveSettings(vendor, name, this.#sources);
    const { values } = settings;
    const timeoutMs = values.timeoutSeconds * 1_000;
    const retryBudgetMs = values.retryBudgetSeconds * 1_000;
    const connection: Connection = {
      name,
      tenantId: values.tenantId ?? null,
      realmName: values.realmName ?? null,
      operationLimitMs: OPERATION_LIMIT_FACTOR * (retryBudgetMs + 2 * timeoutMs),
      http: new HttpClient({
        baseUrl: values.baseUrl,
        credential: this.#credential(settings),
        timeoutMs,
        retryBudgetMs,
        maxConcurrency: values.maxConcurrency,
        stopping: this.#stopping,
      }),
    };
    this.#known.set(key, connection);
    return connection;
  }

  #credential({ values, sources }: ResolvedSettings): Credential {
    if (values.token !== undefined) {
      const source = sources.token ?? "the settings";
      assertToken(values.token, source);
      this.#redactor.add(values.token);
      return fixedToken(values.token, `the token from ${source}`);
    }
    return tokenFile(values.tokenFile ?? "", sources.tokenFile ?? "the settings", (token) => this.#redactor.add(token));
  }
}
