import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** Whole demos under load: alone on the machine, since a load test beside other tests measures those too. */
export default defineConfig({
  ...base,
  test: { include: ["tests/src/**/*.e2e.test.ts"], testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false },
});
