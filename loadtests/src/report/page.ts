import type { LoadReport } from "../load-report.js";
import { courseSection } from "./course.js";
import { findingsSection } from "./findings.js";
import { Html, html } from "./html.js";
import { style } from "./style.js";
import { criticalPathSection, endpointSection, howSection, keyNumbers, ruledOutSection } from "./tables.js";
import { exemplarSection } from "./waterfall.js";

/** Nothing is fetched, nothing runs: the page may be mailed, archived and opened anywhere. */
export const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'";

/** The report as one self-contained HTML file. */
export function reportPage(report: LoadReport): string {
  const calm = report.diagnosis.findings.length === 0 && report.diagnosis.evidenceQuality.level !== "none";
  const page = html`<!doctype html>
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
<p class="eyebrow">Venturi load report · ${report.id}${report.partial ? " · stopped early" : ""}</p>
<h1 class="${calm ? "calm" : ""}">${unitsKept(report.verdict)}</h1>
${keyNumbers(report)}
${findingsSection(report)}
${courseSection(report)}
${exemplarSection(report)}
${criticalPathSection(report)}
${ruledOutSection(report)}
${endpointSection(report)}
${howSection(report)}
<footer>Expected gains are estimates: the same requests, replayed with the cost taken away. The next load test checks them.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

/** No line break between a number and its unit. */
export function unitsKept(text: string): string {
  return text.replace(/(\d) (%|ms|s|req\/s)(?![a-z])/g, "$1\u00a0$2");
}
