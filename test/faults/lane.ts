/** A sandbox, the relay before it, and a provider that knows nothing of either: one case at a time. */
import dns from "node:dns";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onePerClient, type Receipt } from "../../src/core/receipt.ts";
import { parseReceipts } from "../../src/core/receipts-file.ts";
import { authority, type KeyPair, serverCertificate } from "../connections/certificates.ts";
import { Bench } from "../lifecycle/support.ts";
import type { VendorName } from "../outside.ts";
import type { Fault } from "./faults.ts";
import { Relay } from "./relay.ts";

/** In seconds, while a fault lasts: enough for a wait that the vendor asks for, and a second that is added to it. */
const SHORT = { TIMEOUT_SECONDS: "1", RETRY_BUDGET_SECONDS: "3" };

/** Before and after it: a busy machine is no fault. */
const LONG = { TIMEOUT_SECONDS: "20", RETRY_BUDGET_SECONDS: "30" };

/** Names that do not resolve. */
const unresolved = new Set<string>();

/** Has names below `.lane.example.test` lead to this computer, unless they do not resolve; @returns what takes it back */
export function resolveLanes(): () => void {
  const { lookup } = dns;
  const patched = (host: string, options: object, found: (error: Error | null, ...address: unknown[]) => void) => {
    if (!host.endsWith(".lane.example.test")) return Reflect.apply(lookup, dns, [host, options, found]);
    if (unresolved.has(host)) {
      return found(
        Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND", syscall: "getaddrinfo" }),
      );
    }
    return "all" in options && options.all === true
      ? found(null, [{ address: "127.0.0.1", family: 4 }])
      : found(null, "127.0.0.1", 4);
  };
  Object.assign(dns, { lookup: patched });
  return () => void Object.assign(dns, { lookup });
}

export class Lane {
  readonly bench: Bench;
  readonly vendor: VendorName;
  readonly folder: string;
  readonly #plain: Relay;
  readonly #secure: Relay;
  readonly #impostor: KeyPair;
  readonly #own: KeyPair;
  readonly #host: string;
  readonly #env: Readonly<Record<string, string>>;
  relay: Relay;

  private constructor(
    parts: {
      bench: Bench;
      vendor: VendorName;
      folder: string;
      plain: Relay;
      secure: Relay;
      own: KeyPair;
      impostor: KeyPair;
    },
    host: string,
  ) {
    this.bench = parts.bench;
    this.vendor = parts.vendor;
    this.folder = parts.folder;
    this.#plain = parts.plain;
    this.#secure = parts.secure;
    this.#own = parts.own;
    this.#impostor = parts.impostor;
    this.#host = host;
    this.#env = { ...parts.bench.env };
    this.relay = parts.plain;
  }

  static async open(vendor: VendorName, index: number): Promise<Lane> {
    const bench = await Bench.start(vendor === "rezolve" ? "rezolve:OAuthClient" : "nexus:Client");
    const folder = await mkdtemp(join(tmpdir(), "faults-"));
    const known = await authority("Known authority");
    const own = await serverCertificate(known);
    await writeFile(join(folder, "ca.pem"), known.cert);
    const impostor = await serverCertificate(await authority("Unknown authority"));
    const [plain, secure] = await Promise.all([Relay.open(bench.sandbox.url), Relay.open(bench.sandbox.url, own)]);
    const prefix = vendor.toUpperCase();
    Object.assign(bench.env, {
      [`${prefix}_ALLOW_INSECURE_HTTP`]: "true",
      [`${prefix}_CA_CERT_FILE`]: join(folder, "ca.pem"),
      OAUTH_CLIENTS_RECEIPTS_FILE: join(folder, "receipts.jsonl"),
    });
    return new Lane({ bench, vendor, folder, plain, secure, own, impostor }, `${vendor}-${index}.lane.example.test`);
  }

  /** Before a case: nothing is there, and what comes passes. */
  async reset({ does }: Fault): Promise<void> {
    const { bench } = this;
    const isSecure = does === "another authority's certificate";
    this.relay = isSecure ? this.#secure : this.#plain;
    if (isSecure) this.#secure.impersonate(this.#own);
    const url = isSecure ? `https://127.0.0.1:${this.relay.port}` : `http://${this.#host}:${this.relay.port}`;
    Object.assign(bench.env, this.#env, { [`${this.vendor.toUpperCase()}_BASE_URL`]: url });
    this.#takeTime(LONG);
    bench.settlesMs = 300;
    bench.kind = this.vendor === "rezolve" ? "rezolve:OAuthClient" : "nexus:Client";
    await rm(this.receiptsFile, { force: true });
    bench.reset();
    this.relay.spoil(null);
  }

  /** From now on requests that are meant go wrong. */
  async spoil({ does, times }: Fault, isMeant: (method: string, path: string) => boolean): Promise<void> {
    this.bench.logged.length = 0;
    this.#takeTime(SHORT);
    this.bench.restart();
    this.relay.spoil(typeof does === "function" ? { isMeant, times, effect: does } : null);
    if (does === "nobody listens") await this.relay.stopListening();
    if (does === "the name does not resolve") {
      unresolved.add(this.#host);
      this.relay.disconnect();
    }
    if (does === "another authority's certificate") this.#secure.impersonate(this.#impostor);
  }

  /** The fault has passed, and another process goes on. */
  async mend({ does }: Fault): Promise<void> {
    this.#takeTime(LONG);
    this.relay.spoil(null);
    if (does === "nobody listens") await this.relay.listen();
    unresolved.delete(this.#host);
    if (does === "another authority's certificate") this.#secure.impersonate(this.#own);
    this.bench.restart();
  }

  get receiptsFile(): string {
    return this.bench.env.OAUTH_CLIENTS_RECEIPTS_FILE ?? "";
  }

  /** What the receipts say, each client once. */
  async receipts(): Promise<Receipt[]> {
    return onePerClient(parseReceipts(await readFile(this.receiptsFile, "utf8").catch(() => "")).receipts);
  }

  /** From the next process on. */
  #takeTime(limits: Readonly<Record<string, string>>): void {
    const prefix = this.vendor.toUpperCase();
    for (const [name, seconds] of Object.entries(limits)) this.bench.env[`${prefix}_${name}`] = seconds;
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain.close(), this.#secure.close()]);
    await this.bench.sandbox.close();
    await rm(this.folder, { recursive: true });
  }
}
