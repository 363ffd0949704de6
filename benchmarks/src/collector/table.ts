import type { Case } from "./cases.js";
import type { Measurement } from "./run-case.js";

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

/** One Markdown row a case: medians of both collectors, the ratio and what was wanted. */
export function collectorTable(cases: readonly Case[], measurements: readonly Measurement[]): string {
  const rows = cases.flatMap((one) => {
    const of = (collector: string) => measurements.filter((it) => it.case === one.name && it.collector === collector);
    const [theirs, ours] = [of("otelcol"), of("venturi")];
    if (ours.length === 0 || theirs.length === 0) return [];
    const rate = (list: readonly Measurement[]) => median(list.map((it) => it.spansPerCpuSecond));
    const rss = (list: readonly Measurement[]) => `${Math.round(median(list.map((it) => it.peakRssBytes)) / 1e6)}`;
    const size = (list: readonly Measurement[]) =>
      median(list.map((it) => it.deliveredBytes / it.delivered)).toFixed(0);
    const ratio = rate(ours) / rate(theirs);
    const verdict =
      ratio >= one.wanted
        ? "reached"
        : ratio >= one.least
          ? `≥ ${one.least}×, wanted ${one.wanted}×`
          : `missed: ${one.least}×`;
    const note = one.name === "A-gz" ? `; ${size(ours)} and ${size(theirs)} bytes a span` : "";
    return [
      `| ${one.name}: ${one.title}${note} | ${thousands(rate(theirs))} | ${thousands(rate(ours))} | **${ratio.toFixed(1)}×** | ${verdict} | ${rss(theirs)} | ${rss(ours)} |`,
    ];
  });
  return [
    "| pipeline | otelcol, spans per CPU-second | Venturi | ratio | | otelcol, peak RSS, MB | Venturi |",
    "| --- | ---: | ---: | ---: | --- | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function thousands(value: number): string {
  return `${Math.round(value / 1000)}k`;
}
