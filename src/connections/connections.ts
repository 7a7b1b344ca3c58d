import { ConfigurationInvalid } from "../core/errors.ts";
import type { Redactor } from "../core/redaction.ts";
import { say } from "../core/text.ts";
import { HttpClient } from "../http/client.ts";
import { proxySecrets } from "../http/proxy.ts";
import { Hosts } from "../http/throttle.ts";
import { type FileSetting, loadTls } from "../http/tls.ts";
import { TokenEndpoint } from "../http/token-endpoint.ts";
import { longestRequestMs } from "../http/transport-failure.ts";
import type { Connection } from "../lifecycle/connection.ts";
import { partsIn } from "../lifecycle/place.ts";
import { addressProblem } from "../vendors/settings.ts";
import type { Vendor } from "../vendors/vendor.ts";
import { credentialOf } from "./credentials.ts";
import { type ResolvedSettings, resolveSettings, type SettingSources, settingNames } from "./settings.ts";

/** What an operation may wait for in all, in units of its own limits: every request may use up budget and time-outs. */
const OPERATION_LIMIT_FACTOR = 4;

/** Requests that may stand before an operation's own where the pace is limited: they are no reason to give it up. */
const LONGEST_QUEUE = 10_000;

/** So long a vendor may be at work on a lost request, or its lists be behind. */
const SETTLES_MS = 10_000;

/** A connection of the process: each operation has its own view of it. */
export type ProcessConnection = Connection & { http: HttpClient };

/** The connections of this process: each is built at its first use and shared from then on. */
export class Connections {
  readonly #known = new Map<string, ProcessConnection>();
  readonly #hosts = new Hosts();
  readonly #sources: SettingSources;
  readonly #redactor: Redactor;
  readonly #stopping: AbortSignal;
  readonly #settlesMs: number;

  /** @param settlesMs for tests */
  constructor(sources: SettingSources, redactor: Redactor, stopping: AbortSignal, settlesMs = SETTLES_MS) {
    this.#settlesMs = settlesMs;
    this.#sources = sources;
    this.#redactor = redactor;
    this.#stopping = stopping;
    for (const secret of proxySecrets(sources.env)) this.#redactor.add(secret);
  }

  /** @throws {ConfigurationInvalid} with every problem of its settings */
  get(vendor: Vendor, name: string): ProcessConnection {
    const key = `${vendor.name}/${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const settings = this.#settingsOf(vendor, name);
    const { values } = settings;
    const http = this.#httpBy(settings);
    const { timeoutMs, retryBudgetMs } = http;
    const maxRequestsPerSecond = values.maxRequestsPerSecond ?? null;
    const connection: ProcessConnection = {
      name,
      place: partsIn(values, vendor.place),
      settingNames: (key) => settingNames(vendor, name, key, this.#sources),
      settlesMs: this.#settlesMs,
      uniqueNames: values.uniqueNames ?? false,
      operationLimitMs:
        OPERATION_LIMIT_FACTOR * (retryBudgetMs + longestRequestMs(timeoutMs)) +
        (maxRequestsPerSecond === null ? 0 : (LONGEST_QUEUE * 1_000) / maxRequestsPerSecond),
      http: new HttpClient({
        ...http,
        baseUrl: values.baseUrl,
        credential: credentialOf(settings, { http, seen: (secret) => this.#redactor.add(secret) }),
        maxConcurrency: values.maxConcurrency,
        maxRequestsPerSecond,
      }),
    };
    this.#known.set(key, connection);
    return connection;
  }

  /**
   * A token endpoint for another client than the connection's own, reached as the connection reaches its own.
   *
   * @param client its id and its secret, and the endpoint's address; default: the connection's `tokenUrl`
   * @throws {ConfigurationInvalid} with every problem of the connection's settings, or where there is no address
   */
  tokenEndpoint(
    vendor: Vendor,
    name: string,
    client: { clientId: string; clientSecret: string; tokenUrl?: string | undefined },
  ): TokenEndpoint {
    const settings = this.#settingsOf(vendor, name);
    const { allowInsecureHttp, tokenUrl = null } = settings.values;
    const address = client.tokenUrl ?? tokenUrl;
    const missing = say`Connection "${name}" has no tokenUrl: name the token endpoint.`;
    if (address === null) throw new ConfigurationInvalid([missing]);
    const problem = URL.canParse(address) ? addressProblem(address, allowInsecureHttp) : "is no address";
    if (problem !== null) throw new ConfigurationInvalid([say`The token endpoint ${address} ${problem}.`]);
    this.#redactor.add(client.clientSecret);
    return new TokenEndpoint({
      tokenUrl: address,
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      scope: null,
      named: {
        tokenUrl: say`its address`,
        clientId: say`its client id`,
        clientSecret: say`its client secret`,
        scope: say`the scopes`,
      },
      seen: (secret) => this.#redactor.add(secret),
      http: this.#httpBy(settings),
    });
  }

  #settingsOf(vendor: Vendor, name: string): ResolvedSettings {
    const settings = resolveSettings(vendor, name, this.#sources);
    for (const secret of settings.secrets) this.#redactor.add(secret);
    return settings;
  }

  /** How a connection reaches whatever it talks to. */
  #httpBy(settings: ResolvedSettings) {
    return {
      timeoutMs: settings.values.timeoutSeconds * 1_000,
      retryBudgetMs: settings.values.retryBudgetSeconds * 1_000,
      tls: loadTls({
        caCertFile: fileSetting("caCertFile", settings),
        clientCertFile: fileSetting("clientCertFile", settings),
        clientKeyFile: fileSetting("clientKeyFile", settings),
      }),
      env: this.#sources.env,
      hosts: this.#hosts,
      stopping: this.#stopping,
    };
  }

  /** Closes what is open; the next request opens it again. */
  async close(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ http }) => http.close()));
  }
}

function fileSetting(
  key: "caCertFile" | "clientCertFile" | "clientKeyFile",
  { values, source }: ResolvedSettings,
): FileSetting {
  return { path: values[key] ?? null, named: say`${key} (${source(key)})` };
}
