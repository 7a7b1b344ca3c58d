import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { REPOSITORY } from "../cli/command.ts";
import type { VendorName } from "../outside.ts";
import type { Case } from "./cases.ts";
import { NOT_PROMISED } from "./not-promised.ts";
import { cellsOf, tried } from "./table.ts";

const LIMIT_MS = 10 * 60_000;

/** Everything that may be said of a case that is well. */
const ENDINGS = ["done", "unchanged", "said"];

/** Holds a vendor's table to its promises, and to what docs/reliability.md shows of it. */
export function tableTest(vendor: VendorName): void {
  describe(`whatever goes wrong on the way to ${vendor}`, () => {
    const cells = cellsOf(vendor);
    let cases: Case[] = [];
    beforeAll(async () => {
      // Full jitter is a matter of luck, and the number of tries with it.
      vi.spyOn(Math, "random").mockReturnValue(0.5);
      cases = await tried(vendor, cells);
    }, LIMIT_MS);

    test.each(cells.map(({ operation, fault }, at) => [operation.name, fault.name, at] as const))(
      "%s: %s",
      (operation, fault, at) => {
        const one = cases[at];
        const exception = NOT_PROMISED.find(
          (other) => other.vendors.includes(vendor) && other.operations.includes(operation) && other.fault === fault,
        );
        if (exception !== undefined) {
          expect(one?.ending).toBe(exception.ending);
          return;
        }
        expect(ENDINGS, one?.reads).toContain(one?.ending);
        // What nobody can prove is named, with the ways out.
        if (one?.next !== "" && one?.next !== "settles it") {
          expect(operation).toBe("create");
          expect(one?.next).toMatch(/^fails: .*(nothing proves which of|already has a client of this name).*adopt: \{/);
        }
      },
    );

    // Written on request: how often a request was sent is a matter of time, and a machine may be busy.
    test.runIf(process.env.FAULT_TABLES === "write")("is written for the page", async () => {
      const shown: Record<string, Record<string, Case>> = {};
      cells.forEach(({ operation, fault }, at) => {
        const one = cases[at];
        if (one === undefined) return;
        // Of what was done, the page says no more than that.
        const told = one.ending === "done" ? { ...one, reads: "" } : one;
        shown[operation.name] = { ...shown[operation.name], [fault.name]: told };
      });
      await writeFile(
        join(REPOSITORY, "test", "golden", `faults-${vendor}.json`),
        `${JSON.stringify(shown, null, 1)}\n`,
      );
    });
  });
}
