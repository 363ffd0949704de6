import { formatMs, formatNumber, formatPercent } from "@venturi/analysis";
import { bothWidths, legend } from "../report/course.js";
import { Html, html } from "../report/html.js";
import { pagePolicy, unitsKept } from "../report/page.js";
import type { PlotSettings } from "../report/plot.js";
import { style } from "../report/style.js";
import type { KneeReport } from "./knee-report.js";
import { resourceLine, uslLine } from "./render.js";

/** The report as one self-contained HTML file: nothing is fetched, nothing runs. */
export function kneePage(report: KneeReport): string {
  const { steps, resources, usl, notes, capacity, kneeRate, saturated } = report;
  const number = (value: string, label: string): Html => html`<li><b>${value}</b><span>${label}</span></li>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy}">
<title>${report.verdict}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<p class="eyebrow">Venturi capacity report · ${report.id}${report.partial ? " · stopped early" : ""}</p>
<h1>${unitsKept(report.verdict)}</h1>
<ul class="numbers">
${number(`${formatNumber(Math.round(capacity))}/s`, "capacity")}
${kneeRate === null ? null : number(`${formatNumber(Math.round(kneeRate))}/s`, "latency climbs from")}
${saturated === null ? null : number(saturated, "fills first")}
</ul>
${notes.length === 0 ? null : html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${curves(report)}
<section>
<h2>What a request occupies</h2>
<ul class="evidence">${resources.map((use) => html`<li>${unitsKept(resourceLine(use))}</li>`)}</ul>
${usl === null ? null : html`<p>${unitsKept(uslLine(usl))}.</p>`}
</section>
<section>
<h2>The steps</h2>
<div class="scroll"><table>
<thead><tr><th class="n">Offered</th><th class="n">Answered</th><th class="n">Failed</th><th class="n">p50</th><th class="n">p95</th><th class="n wider">Under way</th></tr></thead>
<tbody>${steps.map(
    (step) =>
      html`<tr><td class="n">${formatNumber(step.offeredRequests)}/s</td><td class="n">${formatNumber(step.throughput)}/s</td><td class="n">${formatPercent(step.failedShare)}</td><td class="n">${formatMs(step.p50Ms)}</td><td class="n">${formatMs(step.p95Ms)}</td><td class="n wider">${formatNumber(step.concurrency)}</td></tr>`,
  )}</tbody>
</table></div>
</section>
<footer>Stopped because ${report.stoppedBecause}. Open model: requests came at the offered rate, whether or not earlier ones were answered. k6 ${report.k6.version ?? ""}, ${report.k6.script}.</footer>
</main>
</body>
</html>
`.text;
}

function curves({ steps }: KneeReport): Html | null {
  if (steps.length < 2) return null;
  const sorted = [...steps].sort((a, b) => a.offeredRequests - b.offeredRequests);
  const x = { x: sorted.map((step) => step.offeredRequests), formatX: (value: number) => `${formatNumber(value)}/s` };
  const throughput: Omit<PlotSettings, "width" | "height"> = {
    title: "Answered by offered requests per second",
    ...x,
    format: formatNumber,
    series: [
      { name: "offered", style: "p99", values: sorted.map((step) => step.offeredRequests) },
      { name: "answered", style: "rate", values: sorted.map((step) => step.throughput), filled: true },
    ],
  };
  const latency: Omit<PlotSettings, "width" | "height"> = {
    title: "Latency by offered requests per second",
    ...x,
    format: formatMs,
    series: [
      { name: "p95", style: "p95", values: sorted.map((step) => step.p95Ms), filled: true },
      { name: "p50", style: "p50", values: sorted.map((step) => step.p50Ms) },
    ],
  };
  const figure = (caption: string, settings: Omit<PlotSettings, "width" | "height">): Html =>
    html`<figure><figcaption>${caption} ${legend(settings)}</figcaption>${bothWidths(settings, 220)}</figure>`;
  return html`<section><h2>Throughput and latency by offered load</h2>${figure("Requests per second", throughput)}${figure("Latency", latency)}</section>`;
}
