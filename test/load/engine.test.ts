/** 500 clients on the real engine, against a vendor that takes 20 requests a second: `npm run soak`. */
import { rezolve } from "pulumi-oauth-clients";
import { expect, onTestFinished, test } from "vitest";
import { BOT } from "../engine/clients.ts";
import { World } from "../engine/world.ts";
import { type Figure, LIMITED } from "./figures.ts";
import { IS_SOAK, mostWithin, named, secondsOf, written } from "./support.ts";

const { clients: CLIENTS, aSecond: A_SECOND, atATime: AT_A_TIME } = LIMITED;
const LIMIT_MS = 15 * 60_000;

const SETTINGS: [string, string | null, Record<"up" | "destroy", Figure>][] = [
  [`with maxRequestsPerSecond ${A_SECOND}`, String(A_SECOND), { up: "upWithin", destroy: "destroyWithin" }],
  ["with nothing set", null, { up: "upUnset", destroy: "destroyUnset" }],
];

test.runIf(IS_SOAK).each(SETTINGS)(
  `${CLIENTS} clients against ${A_SECOND} requests a second, %s: no request fails`,
  async (_, setting, names) => {
    const world = await World.create({
      settings: { rateLimit: { limit: A_SECOND, windowSeconds: 1 }, retryAfter: "seconds" },
    });
    onTestFinished(() => world.close());
    delete world.environment.REZOLVE_RETRY_BUDGET_SECONDS;
    if (setting !== null) world.environment.REZOLVE_MAX_REQUESTS_PER_SECOND = setting;
    // Without the engine's own time for its state, which is more than the vendor's with so many clients.
    world.environment.PULUMI_SKIP_CHECKPOINTS = "true";
    world.environment.PULUMI_PARALLEL = String(AT_A_TIME);
    const stack = await world.stack(async () => {
      for (const name of named(CLIENTS)) new rezolve.OAuthClient(name, { ...BOT, name });
    });
    const figures: Partial<Record<Figure, string>> = {};
    for (const [what, command, left] of [
      ["up", () => stack.up(), CLIENTS],
      ["destroy", () => stack.destroy({ parallel: AT_A_TIME }), 0],
    ] as const) {
      world.sandbox.requests.clear();
      const { ok, text } = await command();
      expect(ok, text).toBe(true);
      expect(world.sandbox.clients.count()).toBe(left);
      const requests = world.sandbox.requests.list({ vendor: "rezolve" });
      const turnedAway = world.sandbox.requests.count({ status: 429 });
      const most = mostWithin(requests);
      if (setting !== null) {
        expect(turnedAway).toBe(0);
        expect(most).toBeLessThanOrEqual(A_SECOND);
      }
      figures[names[what]] =
        `${secondsOf(requests).toFixed(1)} s from the first request to the last (the limit's own: ${((CLIENTS - 1) / A_SECOND).toFixed(1)} s), ${turnedAway} answered 429, at most ${most} in any second`;
    }
    await written(figures);
  },
  LIMIT_MS,
);
