import type { Matcher, SampleSeries, SeriesSource } from "@venturi/promql";

/** Counts what a query reads from its source, for the `stats` of the answer. */
export class CountingSource implements SeriesSource {
  readonly #source: SeriesSource;
  samples = 0;

  constructor(source: SeriesSource) {
    this.#source = source;
  }

  async select(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<SampleSeries[]> {
    const selected = await this.#source.select(matchers, startMs, endMs);
    for (const { timestampsMs } of selected) this.samples += timestampsMs.length;
    return selected;
  }
}

/**
 * The `stats` of an answer as JSON. Prometheus counts a sample once per step that looks at it; here each counts once.
 * @param queueMs time in the queue, @param execMs time in the queue and in evaluation
 */
export function statsJson(samples: number, queueMs: number, execMs: number): string {
  const evalSeconds = (execMs - queueMs) / 1000;
  return JSON.stringify({
    timings: {
      evalTotalTime: evalSeconds,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: evalSeconds,
      execQueueTime: queueMs / 1000,
      execTotalTime: execMs / 1000,
    },
    samples: { totalQueryableSamples: samples, samplesRead: samples, peakSamples: samples },
  });
}

/** Values of `stats` that Prometheus will no longer take. */
export function statsWarning(parameter: string): string | undefined {
  if (parameter === "" || parameter === "true" || parameter === "all") return undefined;
  const text = JSON.stringify(parameter);
  return `value ${text} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"`;
}
