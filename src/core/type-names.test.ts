import { expect, test } from "vitest";
import { isDefaultProvider } from "./type-names.ts";

const START = "urn:pulumi:dev::bots::pulumi:providers:oauth-clients::";

test.each([
  "default",
  "default_0_1_0",
  "default_0_1_0-alpha.1",
  "default_0_1_0_example.test/plugins",
  "default_example.test/plugins",
])("%s is a provider that the engine makes", (name) => {
  expect(isDefaultProvider(START + name)).toBe(true);
  expect(isDefaultProvider(`${START + name}::2c2a4ab5-0000-4000-8000-000000000001`)).toBe(true);
});

test.each(["eu", "default_eu", "defaults", "my-default", "default-eu"])("%s is one that a program makes", (name) => {
  expect(isDefaultProvider(START + name)).toBe(false);
  expect(isDefaultProvider(`${START + name}::2c2a4ab5-0000-4000-8000-000000000001`)).toBe(false);
});
