import { relative } from "node:path";
import { formatMs, formatNumber, formatPercent, shorten } from "@venturi/analysis";
import { endpointLabel } from "../k6/endpoint-name.js";
import type { LoadReport } from "../load-report.js";

const width = 78;
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
type Style = keyof typeof codes;

/**
 * The report in a terminal. The last lines name the bottleneck, its share of the p95 and the report's file, since they
 * are what is seen after a long run.
 */
export function terminalSummary(report: LoadReport, colour: boolean): string[] {
  const paint = (style: Style, text: string): string => (colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text);
  const { load, diagnosis } = report;
  const lines = [
    "",
    paint("bold", `Load test ${report.id}${report.partial ? " (stopped early)" : ""}`),
    rule(paint),
    ...loadLines(report, paint),
    "",
    ...criticalPathLines(report, paint),
    ...findingLines(report, paint),
    ...noteLines(report, paint),
    rule(paint),
  ];
  const [first] = diagnosis.findings;
  if (first !== undefined) {
    const { before, after } = first.expectedGain.p95Ms;
    lines.push(...wrap(`Fix: ${first.fix}.`, width));
    lines.push(
      `Expected p95: ${formatMs(before)} → ${formatMs(after)} (estimate). Confidence: ${first.confidence}.`,
      "",
    );
  }
  if (load.failed > 0 && first?.kind !== "errors")
    lines.push(paint("yellow", `${formatPercent(load.failed / load.requests)} of the requests failed.`));
  if (report.k6.thresholdsFailed) lines.push(paint("red", "k6: a threshold failed (exit code 99)."));
  for (const line of wrap(report.verdict, width)) lines.push(paint(first === undefined ? "green" : "bold", line));
  lines.push(`Report: ${shortPath(report.files.html)}`);
  return lines;
}

type Paint = (style: Style, text: string) => string;

function rule(paint: Paint): string {
  return paint("dim", "─".repeat(width));
}

function loadLines({ load }: LoadReport, paint: Paint): string[] {
  const head = `${"".padEnd(34)}${["requests", "failed", "p50", "p95", "p99"].map((name) => name.padStart(9)).join("")}`;
  const row = (
    name: string,
    r: { requests: number; failed: number; p50Ms: number; p95Ms: number; p99Ms: number },
  ): string =>
    `${shorten(name, 33).padEnd(34)}${[String(r.requests), String(r.failed), formatMs(r.p50Ms), formatMs(r.p95Ms), formatMs(r.p99Ms)].map((cell) => cell.padStart(9)).join("")}`;
  return [
    paint("dim", head),
    paint("bold", row(`all, ${formatNumber(load.ratePerSecond)} req/s`, load)),
    ...load.endpoints.slice(0, 8).map((endpoint) => row(endpointLabel(endpoint), endpoint)),
  ];
}

function criticalPathLines({ diagnosis }: LoadReport, paint: Paint): string[] {
  const rows = diagnosis.criticalPath.filter((row) => row.selfShareOfP95 >= 0.03).slice(0, 6);
  if (rows.length === 0) return [];
  const lines = rows.map((row) => {
    const bar = "█".repeat(Math.max(1, Math.round(row.selfShareOfP95 * 14))).padEnd(15);
    const name = shorten(`${row.service}  ${row.operation}`, 44).padEnd(46);
    return `${name}${formatPercent(row.selfShareOfP95).padStart(5)} ${paint("dim", bar)}${formatMs(row.selfMsSlow).padStart(8)}`;
  });
  return [paint("dim", "Where slow requests spend their time (critical path, own time)"), ...lines, ""];
}

function findingLines({ diagnosis }: LoadReport, paint: Paint): string[] {
  return diagnosis.findings.flatMap((finding, index) => [
    ...wrap(`${index + 1}. ${finding.title}`, width).map((line) => paint("bold", line)),
    ...finding.evidence.slice(0, 3).flatMap(({ text }) => wrap(`- ${text}`, width - 3).map((line) => `   ${line}`)),
    "",
  ]);
}

function noteLines({ diagnosis, notes: own }: LoadReport, paint: Paint): string[] {
  const { warmUpSeconds } = diagnosis;
  const cold = `The first ${formatNumber(warmUpSeconds)} s were a cold start, slower than the rest, and are left out of the diagnosis.`;
  const notes = warmUpSeconds > 0 ? [...own, cold] : own;
  return [...diagnosis.evidenceQuality.notes, ...notes].flatMap((note) =>
    wrap(`! ${note}`, width).map((line) => paint("yellow", line)),
  );
}

/** Breaks lines between words, but not between a number and its unit. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ (?!(?:%|ms|s|req\/s)(?:[ .,:;)]|$))(?<!% )(?!of p95)/)) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}
