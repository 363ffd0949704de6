import { type Evidence, type Finding, formatMs, formatPercent } from "@venturi/analysis";
import type { LoadReport } from "../load-report.js";
import { type Html, html } from "./html.js";

/** The ranked bottlenecks, or the statement that there is none. */
export function findingsSection({ diagnosis, load }: LoadReport): Html {
  const { findings } = diagnosis;
  if (findings.length === 0) {
    return html`<section><h2>Findings</h2><p>None. Requests spend their time as the table below shows, and no resource costs enough of it to be called a bottleneck (k6's p95 is ${formatMs(load.p95Ms)}).</p></section>`;
  }
  return html`<section><h2>${findings.length === 1 ? "The bottleneck" : "Bottlenecks, the most important first"}</h2>${findings.map(card)}</section>`;
}

function card(finding: Finding, index: number): Html {
  const { cost, expectedGain, resource } = finding;
  return html`<article class="finding">
    <header>
      <span class="rank">${index + 1}</span>
      <div><h3>${finding.title}</h3><p class="meta">${finding.kind} · ${resource.type} <b>${resource.name}</b> in <b>${resource.service}</b> · confidence ${finding.confidence}</p></div>
    </header>
    ${cost.p95Ms > 0 ? meter(cost) : null}
    <h4>Evidence</h4>
    <ul class="evidence">${finding.evidence.map(evidence)}</ul>
    <h4>Fix</h4>
    <p>${capital(finding.fix)}.</p>
    <h4>Expected gain</h4>
    ${expectedGain.p95Ms.after < expectedGain.p95Ms.before ? gain(expectedGain.p95Ms) : null}
    <p>${capital(expectedGain.text)}.</p>
    ${finding.rankNote === undefined ? null : html`<p class="meta">${finding.rankNote}</p>`}
    ${finding.exemplarTraceIds.length === 0 ? null : html`<p class="meta">Exemplar traces: ${finding.exemplarTraceIds.map((id) => html`<code>${id}</code> `)}</p>`}
  </article>`;
}

function meter({ shareOfP95, p95Ms }: Finding["cost"]): Html {
  return html`<div class="meter"><div class="track"><div style="width:${percent(shareOfP95)}%"></div></div><p><b>${formatPercent(shareOfP95)}</b> of p95, ${formatMs(p95Ms)}</p></div>`;
}

function gain({ before, after }: { before: number; after: number }): Html {
  return html`<div class="gain">
    <span>now</span><div class="track"><div class="before" style="width:100%"></div></div><b>${formatMs(before)}</b>
    <span>fixed</span><div class="track"><div class="after" style="width:${percent(after / Math.max(before, 0.001))}%"></div></div><b>~ ${formatMs(after)}</b>
  </div>`;
}

function evidence({ text, query }: Evidence): Html {
  return html`<li>${text}${query === undefined ? null : html`<details><summary>PromQL</summary><code>${query}</code></details>`}</li>`;
}

export function percent(share: number): string {
  return (Math.min(1, Math.max(0, share)) * 100).toFixed(2);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
