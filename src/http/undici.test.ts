import { createRequire } from "node:module";
import { Dispatcher, Pool, ProxyAgent } from "undici";
import { expect, test, vi } from "vitest";
import { loadProxyAgent, loadUndici } from "./undici.ts";

const require = createRequire(import.meta.url);

test("What is loaded is undici's own, without its entry", () => {
  const load = vi.fn((path: string) => require(path));
  const undici = loadUndici(load);
  expect(undici).toMatchObject({ Pool });
  expect(undici.request).toBe(Dispatcher.prototype.request);
  expect(load.mock.calls.flat()).not.toContain("undici");
});

test.each([
  ["moved", "Cannot find module"],
  ["of another shape", null],
])("Where undici's modules are %s, its entry serves", (_what, failure) => {
  const load = vi.fn((path: string) => {
    if (path === "undici") return require(path);
    if (failure !== null) throw new Error(failure);
    return {};
  });
  const undici = loadUndici(load);
  expect(undici).toMatchObject({ Pool });
  expect(undici.request).toBe(Dispatcher.prototype.request);
});

test("An undici without what is used is an error that says what to install", () => {
  expect(() => loadUndici(() => ({}))).toThrow("install one of version 8");
});

test("The agent for proxies is undici's own", () => {
  expect(loadProxyAgent()).toBe(ProxyAgent);
});
