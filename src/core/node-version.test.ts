import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { assertNodeVersion, OLDEST_NODE } from "./node-version.ts";

test("the oldest Node.js is the one of package.json", () => {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { engines } = z.object({ engines: z.object({ node: z.string() }) }).parse(JSON.parse(file));
  expect(`>=${OLDEST_NODE}`).toMatch(new RegExp(`^${engines.node.replaceAll(".", "\\.")}(\\.0)*$`));
});

test.each(["22.19.0", "22.19.3", "22.20.0", "22.100.0", "23.0.0", "24.21.0", "100.0.0", process.versions.node])(
  "Node.js %s works",
  (version) => {
    expect(() => assertNodeVersion(version)).not.toThrow();
  },
);

test.each(["22.18.9", "22.2.0", "21.99.0", "20.20.2", "18.0.0", "9.0.0"])(
  "Node.js %s is too old, and is told so",
  (version) => {
    expect(() => assertNodeVersion(version)).toThrow(
      expect.objectContaining({
        code: "node-too-old",
        message: expect.stringContaining(`${OLDEST_NODE} or newer, but this is ${version}`),
      }),
    );
  },
);
