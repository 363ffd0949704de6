import { endpointLabel } from "../k6/endpoint-name.js";
import type { Samples } from "../k6/measurements.js";

/** The requests of one endpoint in one run. */
export interface EndpointSamples {
  readonly endMs: Float64Array;
  readonly durationMs: Float64Array;
  readonly failed: Float64Array;
}

export const allRequests = "all requests";

/** By endpoint, `all requests` first. */
export function byEndpoint(samples: Samples): Map<string, EndpointSamples> {
  const result = new Map<string, EndpointSamples>([[allRequests, samples]]);
  if (samples.endpoints.length < 2) return result;
  for (const [index, endpoint] of samples.endpoints.entries()) {
    const picked: number[] = [];
    for (let at = 0; at < samples.endpoint.length; at++) if (samples.endpoint[at] === index) picked.push(at);
    const column = (from: Float64Array): Float64Array => Float64Array.from(picked, (at) => from[at] ?? 0);
    const { endMs, durationMs, failed } = samples;
    result.set(endpointLabel(endpoint), {
      endMs: column(endMs),
      durationMs: column(durationMs),
      failed: column(failed),
    });
  }
  return result;
}

/** Stretches of a run: latencies of each, and of how many requests how many failed. */
export interface Blocks {
  readonly durationsMs: readonly Float64Array[];
  readonly failures: readonly (readonly [failed: number, total: number])[];
}

const BLOCKS_MAX = 60;

/** Cut by time, at least a second each; stretches without a request are left out. */
export function blocksOf({ endMs, durationMs, failed }: EndpointSamples): Blocks {
  const { first, last } = span(endMs);
  const blockMs = Math.max(1000, (last - first) / BLOCKS_MAX);
  const groups: { durations: number[]; failed: number }[] = [];
  for (let at = 0; at < endMs.length; at++) {
    const index = Math.floor(((endMs[at] ?? first) - first) / blockMs);
    const group = (groups[index] ??= { durations: [], failed: 0 });
    group.durations.push(durationMs[at] ?? 0);
    group.failed += failed[at] ?? 0;
  }
  const filled = groups.filter((group) => group !== undefined);
  return {
    durationsMs: filled.map(({ durations }) => Float64Array.from(durations)),
    failures: filled.map((group) => [group.failed, group.durations.length] as const),
  };
}

/** Requests per second between the first and the last end. */
export function rateOf({ endMs }: EndpointSamples): number {
  const { first, last } = span(endMs);
  return endMs.length / Math.max(0.001, (last - first) / 1000);
}

function span(values: Float64Array): { first: number; last: number } {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < first) first = value;
    if (value > last) last = value;
  }
  return { first, last };
}
