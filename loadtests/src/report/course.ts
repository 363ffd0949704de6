import { formatMs, formatNumber } from "@venturi/analysis";
import type { LoadReport } from "../load-report.js";
import { type Html, html } from "./html.js";
import { type PlotSettings, plot } from "./plot.js";

/** The load's course: latency and throughput over one time axis. Drawn twice, for wide and for narrow pages. */
export function courseSection({ timeline }: LoadReport): Html | null {
  const [first] = timeline;
  if (first === undefined || timeline.length < 2) return null;
  const seconds = timeline.map((point) => (point.timeMs - first.timeMs) / 1000);
  const latency: Omit<PlotSettings, "width" | "height"> = {
    title: "Latency over time: p50, p95 and p99",
    x: seconds,
    formatX: clock,
    format: formatMs,
    series: [
      { name: "p99", style: "p99", values: timeline.map((point) => point.p99Ms) },
      { name: "p95", style: "p95", values: timeline.map((point) => point.p95Ms), filled: true },
      { name: "p50", style: "p50", values: timeline.map((point) => point.p50Ms) },
    ],
  };
  const failures = timeline.some((point) => point.failedPerSecond > 0);
  const throughput: Omit<PlotSettings, "width" | "height"> = {
    title: "Requests per second over time",
    x: seconds,
    formatX: clock,
    format: formatNumber,
    series: [
      { name: "requests", style: "rate", values: timeline.map((point) => point.ratePerSecond), filled: true },
      ...(failures
        ? [{ name: "failed", style: "failed", values: timeline.map((point) => point.failedPerSecond) }]
        : []),
    ],
  };
  return html`<section>
    <h2>The load over time</h2>
    <figure><figcaption>Latency, as k6 saw it ${legend(latency)}</figcaption>${bothWidths(latency, 240)}</figure>
    <figure><figcaption>Requests per second ${legend(throughput)}</figcaption>${bothWidths(throughput, 140)}</figure>
  </section>`;
}

export function bothWidths(settings: Omit<PlotSettings, "width" | "height">, height: number): Html {
  return html`<div class="wide">${plot({ ...settings, width: 1000, height })}</div><div class="narrow">${plot({ ...settings, width: 400, height })}</div>`;
}

export function legend({ series }: Pick<PlotSettings, "series">): Html {
  return html`<span class="legend">${series.map(({ name, style }) => html`<span class="${style}"><i></i>${name}</span>`)}</span>`;
}

function clock(seconds: number): string {
  return seconds < 60
    ? `${seconds} s`
    : `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
}
