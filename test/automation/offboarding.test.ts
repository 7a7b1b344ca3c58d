import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";

/** Promises of outputs are what a deployment waits for. */
const resolved = <T>(output: pulumi.Output<T>) => new Promise<unknown>((resolve) => void output.apply(resolve));

test("the example makes up no sum where no vendor said a count", async () => {
  pulumi.runtime.setAllConfig({ "offboarding:nexusClients": JSON.stringify(["app-1", "app-2"]) });
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ inputs, name }) => ({
        id: name,
        state: { ...inputs, outcome: "deleted", tokensRevoked: null },
      }),
    },
    "offboarding",
  );
  const { outcomes, totals } = await import("../../examples/offboarding/index.ts");
  expect(await resolved(outcomes)).toEqual({ "app-1": "deleted", "app-2": "deleted" });
  expect(await resolved(totals)).toEqual({ deletions: 2, tokensRevoked: null, withoutCount: 2 });
});
