import { formatMs, shorten } from "@venturi/analysis";
import type { Exemplar, LoadReport, WaterfallRow } from "../load-report.js";
import { percent } from "./findings.js";
import { type Html, html } from "./html.js";

/** Requests that show the findings, with the critical path marked. Bars are HTML: they fit any width. */
export function exemplarSection({ exemplars }: LoadReport): Html | null {
  if (exemplars.length === 0) return null;
  return html`<section>
    <h2>${exemplars.length === 1 ? "A slow request" : "Slow requests"}, step by step</h2>
    <p class="meta"><span class="key critical"></span> on the critical path: the request waited for this <span class="key"></span> running, but not waited for</p>
    ${exemplars.map(figure)}
  </section>`;
}

function figure(exemplar: Exemplar): Html {
  const shown = exemplar.shows.length === 0 ? "" : `, shows ${exemplar.shows.join(" and ")}`;
  return html`<figure class="waterfall">
    <figcaption>${exemplar.operation}, ${formatMs(exemplar.durationUs / 1000)}${shown} <code>${exemplar.traceId}</code></figcaption>
    <ol>${exemplar.rows.map((row) => step(row, exemplar.durationUs))}</ol>
    ${exemplar.hiddenRows > 0 ? html`<p class="meta">${exemplar.hiddenRows} more spans are not drawn.</p>` : null}
  </figure>`;
}

function step(row: WaterfallRow, totalUs: number): Html {
  const bar = (startUs: number, lengthUs: number, style: string): Html =>
    html`<i class="${style}" style="left:${percent(startUs / totalUs)}%;width:${percent(lengthUs / totalUs)}%"></i>`;
  const criticalUs = row.critical.reduce((total, [from, to]) => total + to - from, 0);
  return html`<li class="${row.category}" title="${row.service}: ${row.name}">
    <span class="what" style="padding-left:${Math.min(row.depth, 8) * 0.8}em"><b>${row.service}</b> ${shorten(row.name, 80)}${row.error ? html` <em>error</em>` : null}</span>
    <span class="bars">${bar(row.startUs, row.durationUs, "span")}${row.critical.map(([from, to]) => bar(from, to - from, "critical"))}</span>
    <span class="time">${formatMs(row.durationUs / 1000)}${criticalUs > 0 ? html`<small>${formatMs(criticalUs / 1000)} own</small>` : null}</span>
  </li>`;
}
