import { expect, test } from "vitest";
import { checkEnvironment } from "./environment.js";

const problems = (env: NodeJS.ProcessEnv, node = "20.20.2"): string[] =>
  checkEnvironment(env, node)
    .filter((check) => check.status !== "ok")
    .map((check) => check.title);

test("a clean environment has no problem", () => expect(problems({})).toEqual([]));

test.each<[NodeJS.ProcessEnv, RegExp]>([
  [{ OTEL_SDK_DISABLED: "true" }, /switches all telemetry off/],
  [{ OTEL_TRACES_EXPORTER: "none" }, /no trace is sent/],
  [{ OTEL_METRICS_EXPORTER: "none" }, /no metric is sent/],
  [{ OTEL_TRACES_SAMPLER: "parentbased_always_off" }, /every trace is dropped/],
  [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.01" }, /only 0.01 of the traces/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "localhost" }, /is not a URL/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318/v1/traces" }, /names one signal/],
])("%j is named", (env, expected) => {
  expect(problems(env)).toEqual([expect.stringMatching(expected)]);
});

test("an old Node.js is named", () => expect(problems({}, "18.19.0")).toEqual(["Node.js 18.19.0 is too old"]));
