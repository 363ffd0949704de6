import { describe, expect, test } from "vitest";
import { Engine } from "./engine.js";
import type { SampleSeries } from "./evaluator/source.js";
import { MemorySource } from "./memory-source.js";

const YEAR_MS = 365 * 86_400_000;

function seriesOf(count: number, samples: number, stepMs: number): SampleSeries[] {
  return Array.from({ length: count }, (_, i) => ({
    labels: { __name__: "requests_total", instance: `i${i}`, job: `j${i % 10}`, le: String(i % 7) },
    timestampsMs: Float64Array.from({ length: samples }, (_unused, at) => at * stepMs),
    values: Float64Array.from({ length: samples }, (_unused, at) => at * (i + 1)),
  }));
}

describe("queries that ask for too much end with upstream's errors", () => {
  const source = new MemorySource(seriesOf(50, 10, 1000));
  const cases: readonly [query: string, timeMs: number, maxSamples: number][] = [
    ['count({__name__=~".+"})[1y:1s]', YEAR_MS, 50_000_000],
    ["requests_total[1y:1ms]", YEAR_MS, 50_000_000],
    ["sum_over_time(vector(1)[1y:1ms])", YEAR_MS, 50_000_000],
    ["sum(requests_total)", 9000, 40],
    ["sum(rate(requests_total[1m]))", 9000, 100],
  ];
  test.each(cases)("%s", async (query, timeMs, maxSamples) => {
    const engine = new Engine({ maxSamples });
    await expect(engine.instant(source, query, timeMs)).rejects.toMatchObject({
      kind: "execution",
      message: "query processing would load too many samples into memory in query execution",
    });
  });

  test("a timeout", async () => {
    const engine = new Engine({ timeoutMs: 20 });
    await expect(engine.range(source, "sum_over_time(vector(1)[1d:1s])", 0, 1e9, 1e6)).rejects.toMatchObject({
      kind: "timeout",
      message: "query timed out in expression evaluation",
    });
  });
});

// Each of these computes for several slices: an abort from a timer is only seen when the evaluator gives way.
describe("an evaluation gives way to the event loop", () => {
  const source = new MemorySource(seriesOf(1000, 400, 15_000));
  const queries = [
    "requests_total",
    "rate(requests_total[5m])",
    "sum_over_time(requests_total[1h])",
    "sum by (job) (requests_total)",
    "quantile by (job) (0.9, requests_total)",
    "topk(5, requests_total)",
    'count_values by (job) ("v", requests_total)',
    "abs(requests_total @ 6000)",
    "-requests_total @ 6000",
    "requests_total @ 6000 * 2",
    "requests_total @ 6000 + on (instance) requests_total @ 6000",
    "requests_total @ 6000 and on (instance) requests_total @ 6000",
    'label_replace(requests_total @ 6000, "a", "$1", "instance", "(.).*")',
    "histogram_quantile(0.9, requests_total @ 6000)",
    "max_over_time(requests_total[1h:1s] @ 6000)",
  ];
  test.each(queries)("%s", async (query) => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 1);
    const asked = new Engine().range(source, query, 0, 6_000_000, 1000, abort.signal);
    await expect(asked).rejects.toMatchObject({ kind: "canceled" });
    clearTimeout(timer);
  });
});
