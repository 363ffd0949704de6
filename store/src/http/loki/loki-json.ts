import type { LogSeries, Steps } from "../../logs/log-metrics.js";
import type { LogLine } from "../../logs/log-queries.js";

type Value = readonly [timeNs: string, line: string] | readonly [timeNs: string, line: string, rest: object];

/**
 * Lines by stream. Grafana asks for the metadata of a line beside it; other clients get it among the labels of the
 * stream, which makes a stream of each combination.
 */
export function streamsJson(lines: readonly LogLine[], isCategorized: boolean): object {
  const streams = new Map<string, { stream: object; values: Value[] }>();
  for (const { timeNs, line, stream, metadata } of lines) {
    const labels = isCategorized ? stream : { ...metadata, ...stream };
    const key = JSON.stringify(labels);
    let entry = streams.get(key);
    if (entry === undefined) {
      entry = { stream: labels, values: [] };
      streams.set(key, entry);
    }
    const time = String(timeNs);
    entry.values.push(isCategorized ? [time, line, { structuredMetadata: metadata }] : [time, line]);
  }
  return {
    resultType: "streams",
    ...(isCategorized ? { encodingFlags: ["categorize-labels"] } : {}),
    result: [...streams.values()],
  };
}

export function matrixJson(series: readonly LogSeries[], { startNs, stepNs }: Steps): object {
  const result = series.map(({ labels, values }) => ({
    metric: labels,
    values: [...samples(values, startNs, stepNs)],
  }));
  return { resultType: "matrix", result: result.filter(({ values }) => values.length > 0) };
}

export function vectorJson(series: readonly LogSeries[], timeNs: bigint): object {
  const result = series.flatMap(({ labels, values }) => {
    const [value = Number.NaN] = values;
    return Number.isNaN(value) ? [] : [{ metric: labels, value: [Number(timeNs / 1_000_000n) / 1000, String(value)] }];
  });
  return { resultType: "vector", result };
}

function* samples(values: Float64Array, startNs: bigint, stepNs: bigint): Generator<[seconds: number, value: string]> {
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    yield [Number((startNs + stepNs * BigInt(index)) / 1_000_000n) / 1000, String(value)];
  }
}
