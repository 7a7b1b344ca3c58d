/** Shopify's Toxiproxy: a TCP proxy that spoils what passes it, on this machine's loopback interface. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Verdict } from "../engine/choice.ts";
import { obtained, type Recipe } from "../engine/program.ts";
import type { Progress } from "../engine/progress.ts";
import { freePort } from "../free-port.ts";
import { Peer } from "./peer.ts";

export const TOXIPROXY: Recipe = {
  name: "toxiproxy-server",
  variable: "OAUTH_CLIENTS_TEST_TOXIPROXY",
  what: "Toxiproxy",
  version: "2.12.0",
  module: fileURLToPath(new URL("toxiproxy", import.meta.url)),
  package: "github.com/Shopify/toxiproxy/v2/cmd/server",
  stamp: "github.com/Shopify/toxiproxy/v2.Version=2.12.0",
  takes: "half a minute",
  kept: "peers",
};

/** What it does to what passes; see its README. */
export interface Toxic {
  type: "latency" | "bandwidth" | "slow_close" | "timeout" | "slicer" | "limit_data" | "reset_peer";
  /** `upstream` spoils requests, `downstream` answers. */
  stream: "upstream" | "downstream";
  /** Of how many connections, 0 to 1. Default: all. */
  toxicity?: number;
  attributes: Readonly<Record<string, number>>;
}

/** A way to the vendor that can be spoilt. */
export interface Way {
  url: string;
  add(toxic: Toxic): Promise<void>;
  /** Nothing is spoilt any more, and connections that are stuck end. */
  clear(): Promise<void>;
}

const proxySchema = z.object({ listen: z.string() });

/** A running server. */
export class Toxiproxy {
  readonly #peer: Peer;
  readonly #api: string;

  private constructor(peer: Peer, api: string) {
    this.#peer = peer;
    this.#api = api;
  }

  /** The program, or why there is none; builds it once for each machine. */
  static async program(progress: Progress): Promise<Verdict<string>> {
    const found = await obtained(TOXIPROXY, progress);
    return found.usable ? { usable: true, value: found.value.program } : found;
  }

  /** @param seed of its dice: for `toxicity` */
  static async start(program: string, seed: number): Promise<Toxiproxy> {
    const port = await freePort();
    const peer = await Peer.start(program, ["-host", "127.0.0.1", "-port", `${port}`, "-seed", `${seed}`], port);
    return new Toxiproxy(peer, `http://127.0.0.1:${port}`);
  }

  /** A new way to an address of this machine. */
  async way(name: string, target: string): Promise<Way> {
    const proxy = { name, listen: "127.0.0.1:0", upstream: new URL(target).host };
    const { listen } = proxySchema.parse(await this.#send("POST", "/proxies", proxy));
    let count = 0;
    const added: string[] = [];
    return {
      url: `http://${listen}`,
      add: async ({ toxicity = 1, ...toxic }) => {
        const given = `${toxic.type}-${count++}`;
        await this.#send("POST", `/proxies/${name}/toxics`, { name: given, toxicity, ...toxic });
        added.push(given);
      },
      clear: async () => {
        for (const given of added.splice(0)) await this.#send("DELETE", `/proxies/${name}/toxics/${given}`);
        // What a toxic has stopped stays stopped on its connection.
        for (const enabled of [false, true])
          await this.#send("POST", `/proxies/${name}`, { ...proxy, listen, enabled });
      },
    };
  }

  close(): Promise<void> {
    return this.#peer.kill();
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const sent = body === undefined ? null : JSON.stringify(body);
    const answer = await fetch(this.#api + path, { method, body: sent });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Toxiproxy says to ${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }
}
