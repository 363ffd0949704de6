import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** The suite against real Prometheus, Jaeger and OpenTelemetry Collector binaries: one file at a time, on two cores. */
export default defineConfig({
  ...base,
  test: {
    include: ["tests/src/**/*.backends.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
