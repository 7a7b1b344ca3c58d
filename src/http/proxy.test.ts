import { EnvHttpProxyAgent, Pool } from "undici";
import { describe, expect, test } from "vitest";
import { describeError } from "../core/errors.ts";
import { proxyFor, proxySecrets } from "./proxy.ts";

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

test.each(["http://localhost:4010", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:4010"])(
  "plain http to this computer (%s) goes through no proxy, whatever the environment says",
  (target) => {
    expect(via(target, { http_proxy: PROXY, HTTP_PROXY: PROXY, no_proxy: "" })).toBeNull();
  },
);

describe("a user name or password that is not percent-encoded", () => {
  const env = { HTTPS_PROXY: "http://user:100%sure@proxy.example.test" };

  test("is a problem that names the variable, and not the password", () => {
    const error = describeError(catching(() => via("https://api.example.test", env)));
    expect(String(error)).toContain("HTTPS_PROXY has a user name or password with a %");
    expect(String(error)).not.toContain("sure");
  });

  test("is none where that proxy is not used", () => {
    expect(via("https://api.example.test", { ...env, NO_PROXY: "*" })).toBeNull();
    expect(via("http://api.example.test", env)).toBeNull();
    expect(via("https://api.example.test", { ...env, https_proxy: PROXY })).toBe(`${PROXY}/`);
  });
});

function catching(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}

describe("what must not be seen of the proxies in an environment", () => {
  test.each([
    ["http://user:s3cr3t-word@proxy.example.test", ["s3cr3t-word"]],
    ["user:s3cr3t-word@proxy.example.test:3128", ["s3cr3t-word"]],
    ["http://user:s3cr3t%20word@proxy.example.test", ["s3cr3t%20word", "s3cr3t word"]],
    ["http://user:100%sure@proxy.example.test", ["100%sure"]],
    ["http://user:s3cr3t/w#rd?@proxy.example.test", ["s3cr3t/w#rd?"]],
    ["socks5://user:s3cr3t-word@proxy.example.test", ["s3cr3t-word"]],
  ])("is the password in %s, as it stands there and as it is meant", (address, passwords) => {
    for (const variable of ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"]) {
      expect(proxySecrets({ [variable]: address })).toEqual(expect.arrayContaining(passwords));
    }
  });

  test("is what the proxy gets of it, too", () => {
    expect(proxySecrets({ HTTPS_PROXY: "user:s3cr3t%20word@proxy.example.test" })).toContain(
      Buffer.from("user:s3cr3t word").toString("base64"),
    );
  });

  test("is nothing where there is no password", () => {
    expect(proxySecrets({ HTTPS_PROXY: PROXY, HTTP_PROXY: "user@proxy.example.test", https_proxy: "" })).toEqual([]);
  });
});

describe("NO_PROXY means what it means to undici", () => {
  const targets = [
    "http://example.test",
    "http://example.test:8080",
    "http://api.example.test",
    "http://API.example.test.",
    "http://notexample.test",
    "http://192.0.2.1:4010",
    "http://[2001:db8::1]:4010",
    "http://intranet",
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
    "intranet, 192.0.2.1",
    "2001:db8::1",
    "[2001:db8::1]",
    "[2001:db8::1]:4010",
    "192.0.2.1:4011",
    ".0.2.1",
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
