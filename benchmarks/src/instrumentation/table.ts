import type { Contender } from "./contenders.js";
import type { Measurement } from "./run-once.js";

/** A quantile by linear interpolation; NaN of no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

const columns = [
  "CPU ms per 10k requests",
  "× bare",
  "added cost, share of stock's: median (quartiles)",
  "requests/s",
  "p99, ms",
  "start-up CPU, ms",
  "RSS at start, MB",
  "RSS loaded, MB",
  "OTLP bytes per request",
];

/** Markdown: one row a contender, medians of all rounds; what is added to bare in brackets. */
export function costTable(contenders: readonly Contender[], measurements: readonly Measurement[]): string {
  const of = (name: string): Measurement[] => measurements.filter((it) => it.contender === name);
  const bare = of("bare");
  const rows = contenders.map(({ name, title }) => {
    const own = of(name);
    const median = (list: readonly Measurement[], read: (it: Measurement) => number): number =>
      quantile(list.map(read), 0.5);
    const withAdded = (read: (it: Measurement) => number, unit: number): string => {
      const value = median(own, read) / unit;
      const added = value - median(bare, read) / unit;
      return name === "bare" ? value.toFixed(0) : `${value.toFixed(0)} (${added < 0 ? "" : "+"}${added.toFixed(0)})`;
    };
    const cpu = median(own, (it) => it.cpuMsPer10k);
    return [
      title,
      cpu.toFixed(0),
      (cpu / median(bare, (it) => it.cpuMsPer10k)).toFixed(2),
      name === "bare" ? "" : shareOfStock(own, measurements),
      median(own, (it) => it.requestsPerSecond).toFixed(0),
      median(own, (it) => it.p99Ms).toFixed(0),
      withAdded((it) => it.startCpuMs, 1),
      withAdded((it) => it.startRssBytes, 1e6),
      withAdded((it) => it.loadedRssBytes, 1e6),
      median(own, (it) => it.otlpBytesPerRequest).toFixed(0),
    ];
  });
  return [["", ...columns], ["---", ...columns.map(() => "---:")], ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

/** Of each round what it adds to that round's bare, as a share of what stock adds in the same round. */
function shareOfStock(own: readonly Measurement[], all: readonly Measurement[]): string {
  const shares = own.flatMap((it) => {
    const sameRound = (name: string): Measurement | undefined =>
      all.find((other) => other.contender === name && other.round === it.round);
    const [bare, stock] = [sameRound("bare"), sameRound("stock")];
    if (bare === undefined || stock === undefined) return [];
    return [(it.cpuMsPer10k - bare.cpuMsPer10k) / (stock.cpuMsPer10k - bare.cpuMsPer10k)];
  });
  if (shares.length === 0) return "";
  const [q1, q2, q3] = [0.25, 0.5, 0.75].map((share) => quantile(shares, share).toFixed(2));
  return `${q2} (${q1} to ${q3})`;
}
