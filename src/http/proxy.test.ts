import { EnvHttpProxyAgent, Pool } from "undici";
import { describe, expect, test } from "vitest";
import { proxyFor } from "./proxy.ts";

const PROXY = "http://proxy.example.test:3128";
const via = (target: string, env: Record<string, string>) => proxyFor(new URL(target), env)?.url.href ?? null;

describe("the proxy of an address", () => {
  test.each<[string, Record<string, string>, string | null]>([
    ["https://api.example.test", { HTTPS_PROXY: PROXY }, `${PROXY}/`],
    ["https://api.example.test", { https_proxy: PROXY, HTTPS_PROXY: "http://other.example.test" }, `${PROXY}/`],
    ["https://api.example.test", { https_proxy: "", HTTPS_PROXY: PROXY }, null],
    ["https://api.example.test", { HTTP_PROXY: PROXY }, `${PROXY}/`],
    ["http://api.example.test", { HTTPS_PROXY: PROXY }, null],
    ["http://api.example.test", { HTTP_PROXY: "proxy.example.test:3128" }, `${PROXY}/`],
    ["https://api.example.test", {}, null],
    ["https://127.0.0.1:1", { HTTPS_PROXY: PROXY }, `${PROXY}/`],
  ])("%s with %j", (target, env, expected) => {
    expect(via(target, env)).toBe(expected);
  });

  test("is named by its variable and host, without a password", () => {
    const proxy = proxyFor(new URL("https://api.example.test"), { HTTP_PROXY: "http://u:s3cr3t@proxy.example.test:1" });
    expect(String(proxy?.described)).toBe("the proxy proxy.example.test:1 (the environment variable HTTP_PROXY)");
  });
});

/** Whether undici itself would go through the proxy: it connects to the proxy, or to the host. */
async function undiciGoesThrough(target: string, noProxy: string): Promise<boolean> {
  const connected: string[] = [];
  const agent = new EnvHttpProxyAgent({
    httpProxy: PROXY,
    httpsProxy: "",
    noProxy,
    factory: (origin) => {
      connected.push(new URL(origin).host);
      return new Pool(origin, { connect: (_options, done) => done(new Error("Nothing is sent"), null) });
    },
  });
  await agent.request({ origin: target, path: "/", method: "GET" }).catch(() => {});
  expect(connected).toHaveLength(1);
  return connected[0] === new URL(PROXY).host;
}

describe("NO_PROXY means what it means to undici", () => {
  const targets = [
    "http://example.test",
    "http://example.test:8080",
    "http://api.example.test",
    "http://API.example.test.",
    "http://notexample.test",
    "http://127.0.0.1:4010",
    "http://[::1]:4010",
    "http://localhost",
  ];
  const lists = [
    "",
    "*",
    "none.invalid,*",
    "*:8080",
    "example.test",
    "Example.Test",
    "example.test.",
    ".example.test",
    "*.example.test",
    "example.test:8080",
    "example.test:80",
    "api.example.test other.test",
    "localhost, 127.0.0.1",
    "::1",
    "[::1]",
    "[::1]:4010",
    "127.0.0.1:4011",
    ".0.0.1",
    ",,",
    ".",
  ];

  test.each(lists)("%j", async (list) => {
    for (const target of targets) {
      const through = via(target, { http_proxy: PROXY, no_proxy: list }) !== null;
      expect(through, target).toBe(await undiciGoesThrough(target, list));
    }
  });
});
