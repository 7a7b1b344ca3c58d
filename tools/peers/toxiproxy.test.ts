import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOXIPROXY } from "./toxiproxy.ts";

test("the version that is told of Toxiproxy is the one that its go.mod pins, and that it tells itself", async () => {
  const pinned = await readFile(join(TOXIPROXY.module, "go.mod"), "utf8");
  expect(pinned).toContain(`github.com/Shopify/toxiproxy/v2 v${TOXIPROXY.version} `);
  expect(TOXIPROXY.stamp).toBe(`github.com/Shopify/toxiproxy/v2.Version=${TOXIPROXY.version}`);
});
