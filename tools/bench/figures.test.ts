import { expect, test } from "vitest";
import { besideLean, compared, measured, timingsOf } from "./figures.ts";

const took = { ...measured(), ours: [700, 900], baseline: [1_000, 1_000], lean: [1_000, 500], other: [1, 1] };

test("ours is judged against its equal by the rounds' own ratios", () => {
  expect(compared("up", took, 0.8)).toMatchObject({ holds: true, data: { ratios: [0.7, 0.9] } });
  expect(compared("up", took, 0.79)).toMatchObject({ holds: false });
  expect(compared("up", took, null)).not.toHaveProperty("holds");
});

test("against the lean floor it is told, and not judged", () => {
  const figure = besideLean("up", took);
  expect(figure.data).toMatchObject({ ratios: [0.7, 1.8] });
  expect(figure).not.toHaveProperty("holds");
});

test("a table has a cell for each side of this checkout that was measured, and requests of ours alone", () => {
  const besides = { requests: [1, 1], stateBytes: { ...measured(), ours: [2_000], baseline: [1_900] } };
  expect(timingsOf({ of: "create", clients: 2 }, { ...took, lean: [] }, besides)).toEqual([
    { of: "create", clients: 2, side: "ours", milliseconds: [700, 900], requestsPerClient: 1, stateBytes: 2_000 },
    {
      of: "create",
      clients: 2,
      side: "equal dynamic resource",
      milliseconds: [1_000, 1_000],
      requestsPerClient: null,
      stateBytes: 1_900,
    },
  ]);
});
