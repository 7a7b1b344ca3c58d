import { expect, test } from "vitest";
import { assertNodeVersion } from "./node-version.ts";

test.each(["22.19.0", "22.20.0", "22.100.0", "23.0.0", "100.0.0", process.versions.node])(
  "Node.js %s works",
  (version) => {
    expect(() => assertNodeVersion(version)).not.toThrow();
  },
);

test.each(["22.18.9", "22.2.0", "21.99.0", "9.0.0"])("Node.js %s is too old, and is told so", (version) => {
  expect(() => assertNodeVersion(version)).toThrow(`22.19 or newer is needed, but this is ${version}`);
});
