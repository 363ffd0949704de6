import { expect, test } from "vitest";
import { terminalSummary, wrap } from "../terminal/summary.js";
import { sampleReport } from "../testing/sample-report.js";
import { html } from "./html.js";
import { reportPage } from "./page.js";

test("values are escaped, HTML is not, lists are joined, null is nothing", () => {
  expect(html`<p title="${'"x"'}">${"<b>&'"}${[html`<i>${1}</i>`, "<"]}${null}</p>`.text).toBe(
    '<p title="&quot;x&quot;">&lt;b&gt;&amp;&#39;<i>1</i>&lt;</p>',
  );
});

const hostile = '<script>alert("x")</script>';

test("nothing from outside gets into the page as HTML", () => {
  const page = reportPage(sampleReport(hostile));
  expect(page).not.toContain("<script");
  expect(page).toContain("&lt;script&gt;");
});

test("the page stands alone: no script, no link, no network", () => {
  const page = reportPage(sampleReport("x"));
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|(src|href)=/i);
  expect(page).toContain("default-src 'none'".replaceAll("'", "&#39;"));
});

test("it says what the report knows", () => {
  const report = sampleReport("x");
  const page = reportPage(report);
  for (const part of [
    "x waits for its pool",
    "Raise the pool",
    "71 %",
    "What was ruled out",
    "k6 run",
    'testid="2026"',
    "own summary",
  ])
    expect(page).toContain(part);
  expect(page.match(/<svg/g)).toHaveLength(4);
});

test("without findings it says so, in both places", () => {
  const report = sampleReport("x");
  const healthy = {
    ...report,
    verdict: "No bottleneck at this load.",
    diagnosis: { ...report.diagnosis, findings: [] },
  };
  expect(reportPage(healthy)).toContain('<h1 class="calm">No bottleneck at this load.</h1>');
  expect(terminalSummary(healthy, false).join("\n")).toContain("No bottleneck at this load.");
});

test("the terminal's last lines name the bottleneck, its share and the file", () => {
  const lines = terminalSummary(sampleReport("desk"), false);
  expect(lines.slice(-4).join(" ")).toMatch(/desk waits for its pool: 71 % of p95 .*Report: .*2026\.html/);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
  expect(terminalSummary(sampleReport("desk"), true).join("")).toContain("\u001b[1m");
});

test("lines break between words, and not within a number and its unit", () => {
  expect(wrap("it costs 71 % of p95 (640 ms)", 12)).toEqual(["it costs", "71 % of p95", "(640 ms)"]);
});
