import type { LabelPairs, Series } from "../metrics/series.js";
import { latestTime } from "./ingest-v1.js";
import { Refusals } from "./refusals.js";
import type { WriteParts } from "./remote-write.js";
import { labelsText, readWriteRequestV2 } from "./write-request-v2.js";

/** What of a request was stored; `problems` are for its sender. */
export interface Written {
  samples: number;
  histograms: number;
  exemplars: number;
  readonly problems: string[];
}

/** An answer with a line for each of a million samples helps nobody. */
const maxProblems = 100;

/** Stores a remote write 2.0 request; what is refused is counted in the statistics and told. */
export function ingestV2(bytes: Uint8Array, { metrics, writes, stats, now }: WriteParts): Written {
  const { pending } = writes;
  const written: Written = { samples: 0, histograms: 0, exemplars: 0, problems: [] };
  const latestMs = latestTime(now());
  const refusals = new Refusals(stats);
  let labels: LabelPairs = [];
  let series: Series | undefined;
  const tell = (problem: string): void => {
    if (written.problems.length < maxProblems) written.problems.push(problem);
  };
  /** Whether the store took what was just handed to it. */
  const isTaken = (): boolean => {
    const refusal = refusals.last();
    if (refusal !== undefined) tell(`${refusal} for series ${labelsText(labels)}`);
    return refusal === undefined;
  };
  const isTimely = (timestampMs: number): boolean => {
    if (timestampMs <= latestMs) return true;
    stats.drop("too_far_in_future", 1);
    return isTaken();
  };
  readWriteRequestV2(bytes, {
    series(pairs) {
      labels = pairs;
      // The labels are a new list every time: remembering them by identity, as `resolve` does, would be for nothing.
      series = metrics.find(pairs) ?? metrics.resolve(pairs, pending);
      return isTaken() && series !== undefined;
    },
    sample(timestampMs, value, stale) {
      if (series === undefined || !isTimely(timestampMs)) return;
      metrics.appendTo(series, timestampMs, value, stale, pending);
      if (isTaken()) written.samples++;
    },
    histogram({ timestampMs, histogram }) {
      if (series === undefined || !isTimely(timestampMs)) return;
      metrics.appendHistogramTo(series, timestampMs, histogram, pending);
      if (isTaken()) written.histograms++;
    },
    invalidHistogram(problem) {
      stats.drop("invalid_histogram", 1);
      refusals.last();
      tell(`${problem} for series ${labelsText(labels)}`);
    },
    exemplar(exemplarLabels, value, timestampMs) {
      if (series === undefined || timestampMs > latestMs) return;
      metrics.exemplars.add(series, exemplarLabels, value, timestampMs, pending.exemplars);
      written.exemplars++;
    },
    metadata(type, help, unit) {
      const name = familyName(labels, type);
      metrics.metadata.set(name, { type, help, unit }, pending.metadata);
    },
    invalidSeries(problem, sampleCount) {
      stats.drop("invalid_labels", sampleCount);
      refusals.last();
      tell(problem);
    },
  });
  return written;
}

/** Metadata comes with every series; those of one histogram or summary are one family. */
function familyName(labels: LabelPairs, type: string): string {
  const name = labels.find(([label]) => label === "__name__")?.[1] ?? "";
  if (type === "histogram" || type === "gaugehistogram") return name.replace(/_(bucket|sum|count)$/, "");
  return type === "summary" ? name.replace(/_(sum|count)$/, "") : name;
}
