import { expect, test } from "vitest";
import { connectionTo, operationWith } from "../../test/unit/operation.ts";
import { json, serve } from "../../test/unit/server.ts";
import { OAuthClientsError } from "../core/errors.ts";
import { say } from "../core/text.ts";
import { rezolveDriver } from "../vendors/rezolve/driver.ts";
import { SecondLooks } from "../vendors/rezolve/looks.ts";
import type { Operation } from "./lifecycle.ts";
import { carryOut, type Done } from "./purge.ts";

test("a deletion that never ends is one that failed, and the others are told all the same", async () => {
  const server = await serve((response) => json(response, 200, { success: true, data: {} }));
  const whole = operationWith(() => connectionTo(server.baseUrl));
  let parts = 0;
  // As a time limit does, which leaves the work to itself. The first part asks whose connection it is.
  const part: Operation["part"] = (work) => {
    parts += 1;
    return parts === 3
      ? Promise.reject(new OAuthClientsError("operation-timeout", say`Gave up.`, say`Try again.`))
      : work(whole);
  };
  const operation = { ...whole, part };
  const ids = ["client-1", "client-2", "client-3"];
  const wish = { targetIds: ids, selection: {}, exclusion: {}, limit: Number.POSITIVE_INFINITY, isDry: false };
  const done: Done[] = [];
  const planned = ids.map((id) => ({ id, name: null }));
  const inputs = { tenantId: "tenant-1", deletion: { alreadyGone: "trust" } };
  const driver = rezolveDriver(new SecondLooks());
  const rest = await carryOut({ driver, inputs, operation, wish }, planned, (one) => done.push(one));
  expect(rest).toEqual({ left: [], cutOff: [], isGivenUp: false });
  expect(done.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual([
    "client-1 deleted",
    "client-2 failed",
    "client-3 deleted",
  ]);
  expect(String(done.find(({ id }) => id === "client-2")?.because)).toBe("Gave up. Try again.");
});
