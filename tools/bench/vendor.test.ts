import { afterAll, beforeAll, expect, test } from "vitest";
import { type BenchVendor, startVendor } from "./vendor.ts";

let vendor: BenchVendor;
beforeAll(async () => {
  vendor = await startVendor(0);
});
afterAll(() => vendor.close());

const CLIENTS = "/api/v1/oauth-clients";
const send = (method: string, path: string) => fetch(`${vendor.url}${CLIENTS}${path}`, { method });

test("seeded clients are in the list, page by page, and cost no request", async () => {
  const ids = vendor.seed(5);
  expect(vendor.total()).toBe(0);
  const pages: unknown[] = [];
  for (const offset of [0, 3]) pages.push(await (await send("GET", `?limit=3&offset=${offset}`)).json());
  expect(pages).toMatchObject([
    {
      data: {
        clients: ids.slice(0, 3).map((id) => ({ id, status: "active" })),
        pagination: { total: 5, hasMore: true },
      },
    },
    { data: { clients: ids.slice(3).map((id) => ({ id })), pagination: { total: 5, hasMore: false } } },
  ]);
  expect(vendor.requests).toEqual({ GET: 2 });
});

test("a fault is of one method and one client, and of one request", async () => {
  const [failing = "", other = ""] = vendor.seed(2);
  vendor.failOnce("DELETE", [failing], 400);
  const statuses: number[] = [];
  for (const [method, id] of [
    ["GET", failing],
    ["DELETE", other],
    ["DELETE", failing],
    ["DELETE", failing],
    ["DELETE", failing],
  ] as const) {
    statuses.push((await send(method, `/${id}`)).status);
  }
  expect(statuses).toEqual([200, 200, 400, 200, 404]);
});

test("a client that was forgotten is not there", async () => {
  const ids = vendor.seed(1);
  vendor.forget(ids);
  expect((await send("DELETE", `/${ids[0]}`)).status).toBe(404);
});
