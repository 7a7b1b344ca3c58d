/** A forward proxy that is killed in the middle of an up, an update and a destroy on the real engine. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { progressOn } from "../../tools/engine/progress.ts";
import { Tinyproxy } from "../../tools/peers/tinyproxy.ts";
import { authority, serverCertificate } from "../connections/certificates.ts";
import { Relay } from "../faults/relay.ts";
import { LIFE_LIMIT_MS, Life } from "./life.ts";

const found = await Tinyproxy.program(progressOn(process.stderr));
if (!found.usable) console.warn(`Without Tinyproxy: ${found.reason}`);

const opened: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

test.skipIf(!found.usable)(
  "Tinyproxy, killed with kill -9 and started again",
  // What a second try does not show is there all the same.
  { timeout: LIFE_LIMIT_MS, retry: 0 },
  async () => {
    if (!found.usable) return;
    const folder = await mkdtemp(join(tmpdir(), "tinyproxy-"));
    opened.push(() => rm(folder, { recursive: true }));
    const proxy = await Tinyproxy.prepare(found.value, folder);
    opened.push(() => proxy.kill());
    await proxy.start();
    const ca = await authority("Known authority");
    await writeFile(join(folder, "ca.pem"), ca.cert);
    // Plain http to this computer goes through no proxy.
    let secured: Relay | null = null;
    const life = await Life.begin(async (vendor) => {
      secured = await Relay.open(vendor, await serverCertificate(ca));
      const { port } = secured;
      const of = (prefix: string) => ({
        [`${prefix}_BASE_URL`]: `https://127.0.0.1:${port}`,
        [`${prefix}_CA_CERT_FILE`]: join(folder, "ca.pem"),
      });
      return { ...of("REZOLVE"), ...of("NEXUS"), HTTPS_PROXY: proxy.url };
    });
    opened.push(() => life.close());
    opened.push(async () => secured?.close());
    const { ended, said } = await life.lead({ begin: () => proxy.kill(), end: () => proxy.start() });
    expect(ended).toEqual(["failed", "failed", "failed"]);
    // Who failed is named.
    expect(said.join()).toContain(`the proxy ${new URL(proxy.url).host} (the environment variable HTTPS_PROXY)`);
  },
);
