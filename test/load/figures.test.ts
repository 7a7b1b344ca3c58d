/** The report of the long runs: what is measured anew says so, and nothing else does. */
import { expect, test } from "vitest";
import { FIGURES, type LoadReport, reportWith } from "./figures.ts";

const then = { measured: "2026-01-31", version: "1.2.0", machine: "2 cores" };
const now = { measured: "2026-11-30", version: "1.3.0", machine: "64 cores" };
const before: LoadReport = {
  [FIGURES.memory]: { seen: "53 MiB", ...then },
  [FIGURES.sockets]: { seen: "8, 0", ...then },
  "400 operations, as it was called before": { seen: "none failed", ...then },
};

test("a figure that is measured anew takes its own date, version and machine; others keep theirs, and one of another name goes", () => {
  expect(reportWith(before, { sockets: "9, 0", upWithin: "26.8 s" }, now)).toEqual({
    [FIGURES.memory]: { seen: "53 MiB", ...then },
    [FIGURES.sockets]: { seen: "9, 0", ...now },
    [FIGURES.upWithin]: { seen: "26.8 s", ...now },
  });
});
