import { formatMs, formatNumber, formatPercent, listNames } from "@venturi/analysis";
import { endpointLabel } from "../k6/endpoint-name.js";
import type { LoadReport } from "../load-report.js";
import { percent } from "./findings.js";
import { type Html, html } from "./html.js";

/** Where slow requests spend their time. Always there: it is true whether or not there is a finding. */
export function criticalPathSection({ diagnosis }: LoadReport): Html | null {
  const { criticalPath, focus } = diagnosis;
  if (focus === null || criticalPath.length === 0) return null;
  const rows = criticalPath.filter((row) => row.selfShareOfP95 >= 0.002);
  return html`<section>
    <h2>Where slow requests spend their time</h2>
    <p class="meta">Critical path of the slowest tenth of ${listNames(focus.operations, 3)} as ${focus.service} saw them (p50 ${formatMs(focus.p50Ms)}, p95 ${formatMs(focus.p95Ms)}). Own time: no call below was running.</p>
    <div class="scroll"><table>
      <thead><tr><th>Service</th><th>Operation</th><th class="wider">Is</th><th class="n">Share</th><th class="bar"></th><th class="n">Slow</th><th class="n wider">Typical</th></tr></thead>
      <tbody>${rows.map(
        (
          row,
        ) => html`<tr><td>${row.service}</td><td class="operation">${row.operation}</td><td class="wider">${row.category}</td>
          <td class="n">${formatPercent(row.selfShareOfP95)}</td><td class="bar"><div class="track"><div style="width:${percent(row.selfShareOfP95)}%"></div></div></td>
          <td class="n">${formatMs(row.selfMsSlow)}</td><td class="n wider">${formatMs(row.selfMsTypical)}</td></tr>`,
      )}</tbody>
    </table></div>
  </section>`;
}

export function endpointSection({ load }: LoadReport): Html {
  return html`<section>
    <h2>Endpoints, as k6 saw them</h2>
    <div class="scroll"><table>
      <thead><tr><th>Endpoint</th><th class="n">Requests</th><th class="n">Failed</th><th class="n">p50</th><th class="n wider">p90</th><th class="n">p95</th><th class="n">p99</th><th class="n">Max</th></tr></thead>
      <tbody>${load.endpoints.map(
        (
          one,
        ) => html`<tr><td class="operation">${endpointLabel(one)}</td><td class="n">${one.requests}</td><td class="n">${one.failed === 0 ? "0" : `${one.failed} (${formatPercent(one.failed / one.requests)})`}</td>
          <td class="n">${formatMs(one.p50Ms)}</td><td class="n wider">${formatMs(one.p90Ms)}</td><td class="n">${formatMs(one.p95Ms)}</td><td class="n">${formatMs(one.p99Ms)}</td><td class="n">${formatMs(one.maxMs)}</td></tr>`,
      )}</tbody>
    </table></div>
  </section>`;
}

export function ruledOutSection({ diagnosis }: LoadReport): Html | null {
  if (diagnosis.ruledOut.length === 0) return null;
  return html`<section>
    <h2>What was ruled out</h2>
    <dl class="ruled-out">${diagnosis.ruledOut.map(({ kind, why }) => html`<dt>${kind}</dt><dd>${why}</dd>`)}</dl>
  </section>`;
}

export function howSection(report: LoadReport): Html {
  const { k6, load, diagnosis, notes, backends } = report;
  const quality = [...diagnosis.evidenceQuality.notes, ...notes];
  const command = ["k6 run", ...k6.args, k6.script].join(" ");
  return html`<section>
    <h2>How it was made</h2>
    <dl class="how">
      <dt>Load</dt><dd><code>${command}</code></dd>
      <dt>k6</dt><dd>${k6.version ?? "unknown version"}, exit code ${k6.exitCode}${k6.thresholdsFailed ? " (a threshold failed)" : ""}</dd>
      <dt>Time</dt><dd>${report.startedAt} to ${report.endedAt}${report.partial ? ", stopped early" : ""}</dd>
      <dt>Evidence</dt><dd>${diagnosis.traceCount} traces; ${diagnosis.evidenceQuality.requests} requests like the slow ones, ${diagnosis.evidenceQuality.slowRequests} of them slow; quality: ${diagnosis.evidenceQuality.level}${diagnosis.warmUpSeconds > 0 ? `; the first ${formatNumber(diagnosis.warmUpSeconds)} s were a cold start, slower than the rest, and are left out of the diagnosis` : ""}</dd>
      <dt>Backends</dt><dd>Prometheus API <code>${backends.prometheusUrl}</code>, Jaeger API <code>${backends.jaegerUrl}</code></dd>
      <dt>In Prometheus</dt><dd><code>k6_http_reqs_total{testid="${report.id}"}</code>; queries of this report are evaluated at <code>${(load.endMs / 1000).toFixed(0)}</code></dd>
    </dl>
    ${quality.length === 0 ? null : html`<ul class="notes">${quality.map((note) => html`<li>${note}</li>`)}</ul>`}
    ${k6.messages.length === 0 ? null : html`<details><summary>What k6 said (${k6.messages.length})</summary><ul>${k6.messages.map((message) => html`<li>${message}</li>`)}</ul></details>`}
    ${k6.summary.trim() === "" ? null : html`<details><summary>k6's own summary</summary><pre>${k6.summary.trimEnd()}</pre></details>`}
  </section>`;
}

export function keyNumbers({ load }: LoadReport): Html {
  const numbers: [string, string, string][] = [
    [formatNumber(load.ratePerSecond), "req/s", ""],
    [formatMs(load.p50Ms), "p50", ""],
    [formatMs(load.p95Ms), "p95", "strong"],
    [formatMs(load.p99Ms), "p99", ""],
    [formatPercent(load.failed / Math.max(1, load.requests)), "failed", load.failed > 0 ? "bad" : ""],
    [formatNumber(load.requests), "requests", ""],
    [`${((load.endMs - load.startMs) / 1000).toFixed(0)} s`, "of load", ""],
  ];
  return html`<ul class="numbers">${numbers.map(([value, name, style]) => html`<li class="${style}"><b>${value}</b><span>${name}</span></li>`)}</ul>`;
}
