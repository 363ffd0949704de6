import { defineConfig } from "vitest/config";

/** Tests stand beside the code they test and run on source: no build is needed for a unit test. */
export default defineConfig({
  resolve: { conditions: ["@venturi/source", "node", "module-sync"] },
  ssr: { resolve: { conditions: ["@venturi/source", "node", "module-sync"] } },
  test: {
    include: ["*/src/**/*.test.ts", "examples/*/src/**/*.test.ts", "tests/src/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/*.backends.test.ts", "**/*.e2e.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
