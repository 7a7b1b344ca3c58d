import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "sandbox/**/*.test.ts",
      "plugin/**/*.test.ts",
      "test/**/*.test.ts",
      "tools/**/*.test.ts",
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Shared runners stall for seconds at a time; a test that fails twice in a row has a reason of its own.
    retry: process.env.CI ? 1 : 0,
    restoreMocks: true,
    server: { deps: { external: [/\/dist\//] } },
  },
});
