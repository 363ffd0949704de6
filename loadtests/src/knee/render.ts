import { formatMs, formatNumber, formatPercent } from "@venturi/analysis";
import { wrap } from "../terminal/summary.js";
import type { KneeReport } from "./knee-report.js";

const width = 78;

/** The report in a terminal; the last lines say what matters. */
export function kneeText(report: KneeReport): string[] {
  const { steps, resources, usl, notes } = report;
  const row = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(12)).join("");
  return [
    "",
    row(["offered/s", "answered/s", "failed", "p50", "p95", "under way"]),
    ...steps.map((step) =>
      row([
        formatNumber(step.offeredRequests),
        formatNumber(step.throughput),
        formatPercent(step.failedShare),
        formatMs(step.p50Ms),
        formatMs(step.p95Ms),
        formatNumber(step.concurrency),
      ]),
    ),
    "",
    ...resources.slice(0, 5).flatMap((use) => wrap(resourceLine(use), width)),
    ...(usl === null ? [] : wrap(uslLine(usl), width)),
    ...notes.flatMap((note) => wrap(`! ${note}`, width)),
    `Stopped because ${report.stoppedBecause}.`,
    "",
    ...wrap(report.verdict, width),
  ];
}

export function resourceLine({ name, utilization, demandSeconds, capacity }: KneeReport["resources"][number]): string {
  return `${name}: ${formatMs(demandSeconds * 1000)} of each request, ${formatPercent(utilization)} full, all of it at ${formatNumber(Math.round(capacity))} req/s`;
}

export function uslLine(usl: NonNullable<KneeReport["usl"]>): string {
  const between = ([low, high]: readonly [number, number], format: (value: number) => string): string =>
    `${format(low)} to ${format(high)}`;
  const { intervals } = usl;
  const peak = Number.isFinite(usl.peakConcurrency)
    ? `; peak ${formatNumber(usl.peakThroughput)} req/s at ${formatNumber(usl.peakConcurrency)} under way`
    : "";
  return `Scalability law: one request alone ${formatNumber(usl.gamma)} req/s (${between(intervals.gamma, formatNumber)}), contention ${formatPercent(usl.alpha)} (${between(intervals.alpha, formatPercent)}), crosstalk ${usl.beta === 0 ? "none" : usl.beta.toPrecision(2)}${peak}`;
}
