import { expect, test } from "vitest";
import { readEnvironment, withEnvironment } from "./environment.js";

test("defaults", () => {
  expect(readEnvironment({})).toMatchObject({
    disabled: false,
    logLevel: undefined,
    tracesExporters: ["otlp"],
    metricsExporters: ["otlp"],
    prometheusHost: "127.0.0.1",
    prometheusPort: 9464,
    enabledInstrumentations: undefined,
  });
});

test("lists, empty values and none", () => {
  const { tracesExporters, metricsExporters } = readEnvironment({
    OTEL_TRACES_EXPORTER: " ",
    OTEL_METRICS_EXPORTER: "otlp, prometheus,,otlp",
  });
  expect(tracesExporters).toEqual(["otlp"]);
  expect(metricsExporters).toEqual(["otlp", "prometheus"]);
  expect(readEnvironment({ OTEL_TRACES_EXPORTER: "none" }).tracesExporters).toEqual([]);
});

test("a Prometheus port asks for the endpoint, unless there are no metrics", () => {
  const port = { OTEL_EXPORTER_PROMETHEUS_PORT: "9999" };
  expect(readEnvironment(port)).toMatchObject({ metricsExporters: ["otlp", "prometheus"], prometheusPort: 9999 });
  expect(readEnvironment({ ...port, OTEL_METRICS_EXPORTER: "none" }).metricsExporters).toEqual([]);
  expect(readEnvironment({ OTEL_EXPORTER_PROMETHEUS_PORT: "many" })).toMatchObject({ prometheusPort: 9464 });
});

test("changed variables are put back, also after an exception", () => {
  process.env.VENTURI_TEST_A = "a";
  delete process.env.VENTURI_TEST_B;
  const change = { VENTURI_TEST_A: undefined, VENTURI_TEST_B: "b" };
  expect(() =>
    withEnvironment(change, () => {
      expect([process.env.VENTURI_TEST_A, process.env.VENTURI_TEST_B]).toEqual([undefined, "b"]);
      throw new Error("inside");
    }),
  ).toThrow("inside");
  expect([process.env.VENTURI_TEST_A, process.env.VENTURI_TEST_B]).toEqual(["a", undefined]);
  delete process.env.VENTURI_TEST_A;
});
