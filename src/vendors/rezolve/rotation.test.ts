import { expect, test, vi } from "vitest";
import { connectionTo, operationWith } from "../../../test/unit/operation.ts";
import { json, serve } from "../../../test/unit/server.ts";
import { say } from "../../core/text.ts";
import type { Http } from "../../http/client.ts";
import { placeOf } from "../../lifecycle/place.ts";
import { RezolveApi } from "./api.ts";
import { rotateSecret } from "./rotation.ts";
import { WORDS } from "./words.ts";

/** Rotates at a server that loses the answer, and says that the secret was rotated last at some time. */
async function rotateAndLose(rotatedAt: string | null, queue: () => void = () => {}) {
  const server = await serve((response, { method }) => {
    if (method === "POST") return void response.destroy();
    const data = { id: "client-1", audit: { lastSecretRotatedAt: rotatedAt } };
    json(response, 200, { success: true, data }, { date: new Date().toUTCString() });
  });
  const connection = connectionTo(server.baseUrl, { place: { tenantId: "t-1" } });
  const { http } = connection;
  const pauses: number[] = [];
  const noting: Http = {
    baseUrl: http.baseUrl,
    credential: http.credential,
    retryBudgetMs: http.retryBudgetMs,
    exchange: (request, judge) => {
      queue();
      return http.exchange(request, judge);
    },
    pause: async (ms) => void pauses.push(ms),
    shared: (work) => http.shared(work),
    join: (work) => http.join(work),
  };
  const operation = operationWith(() => connection);
  const subject = placeOf({}, operation, WORDS).subject("rotate the secret of", "change", say`a client`, null);
  const rotated = await rotateSecret("client-1", new RezolveApi(noting, "t-1", null), subject, operation);
  const sent = server.requests.filter(({ method }) => method === "POST").length;
  return { rotated, pauses, sent };
}

test("the waits for the audit data end with the operation", async () => {
  const { rotated, pauses } = await rotateAndLose(null);
  expect(rotated).toMatchObject({ ok: false, lost: true });
  expect(pauses).toEqual([0, 500, 1_500]);
});

test("a rotation of somebody else's, while ours waited for its turn, is not taken for ours", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const theirs = new Date().toISOString();
    const { rotated, sent } = await rotateAndLose(theirs, () => vi.setSystemTime(Date.now() + 60_000));
    expect(rotated).toMatchObject({ ok: false, lost: true });
    expect(sent).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test("a rotation that was carried out is done once more, because its secret is lost", async () => {
  const { sent } = await rotateAndLose(new Date(Date.now() + 60_000).toISOString());
  expect(sent).toBe(2);
});
