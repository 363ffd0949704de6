import { formatMs, formatNumber, formatPercent, shorten } from "@venturi/analysis";
import { describeChange, signed } from "./compare-samples.js";
import type { ComparedMetric, Comparison } from "./comparison.js";

const words = { better: "better", worse: "WORSE", same: "no difference" } as const;

/** For a terminal. */
export function comparisonText(comparison: Comparison): string[] {
  const { baseline, candidate, rows, rounds, notes, verdict } = comparison;
  const head = ["metric", "baseline", "candidate", "change", "95 % interval", ""];
  const cells = rows.map((row) => [shorten(`${row.metric} ${row.endpoint}`, 34), ...figures(row), words[row.verdict]]);
  const widths = [34, 10, 10, 9, 19, 0];
  const line = (columns: readonly string[]): string =>
    columns
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] as number) : ` ${cell.padStart(widths[at] as number)}`))
      .join(" ")
      .trimEnd();
  return [
    "",
    `${candidate} compared with ${baseline}, ${rounds === 1 ? "one run each" : `${rounds} rounds each`}`,
    line(head),
    ...cells.map(line),
    ...notes.map((note) => `! ${note}`),
    "",
    verdict,
  ];
}

/** For a pull request. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { baseline, candidate, rows, notes, verdict } = comparison;
  const bold = (row: ComparedMetric, text: string): string => (row.verdict === "same" ? text : `**${text}**`);
  const table = rows.map((row) => {
    const [before, after, change, interval] = figures(row);
    const name = `${row.metric} ${row.endpoint}`;
    const cells = [escapeCell(name), before, after, bold(row, change), interval, bold(row, words[row.verdict])];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `### ${escapeCell(verdict)}`,
    "",
    `\`${inCode(candidate)}\` compared with \`${inCode(baseline)}\`. ${howLine(comparison)}`,
    "",
    "| | baseline | candidate | change | 95 % interval | |",
    "|---|---:|---:|---:|---:|---|",
    ...table,
    "",
    ...notes.map((note) => `- ${escapeCell(note)}`),
    "",
  ].join("\n");
}

/** JUnit XML: a failed test for each regression, so that a CI system lists them by name. */
export function comparisonJunit(comparison: Comparison): string {
  const cases = comparison.rows.map((row) => {
    const open = `  <testcase classname="${xml(row.endpoint)}" name="${xml(row.metric)}"`;
    if (row.verdict !== "worse") return `${open}/>`;
    return `${open}><failure message="${xml(describeChange(row))}"/></testcase>`;
  });
  const { rows, regressions, candidate, baseline } = comparison;
  const name = xml(`${candidate} compared with ${baseline}`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${name}" tests="${rows.length}" failures="${regressions}" errors="0" skipped="0">`,
    ...cases,
    "</testsuite>",
    "",
  ].join("\n");
}

function howLine({ rounds, method, minChange, rows }: Comparison): string {
  const runs = rounds === 1 ? "One run each" : `${rounds} rounds, each build once in each`;
  return `${runs} (${method}); verdicts allow for ${rows.length} comparisons (Holm) and call nothing below ${formatPercent(minChange)} a change.`;
}

function figures(row: ComparedMetric): [before: string, after: string, change: string, interval: string] {
  const value = (figure: number): string => {
    if (row.metric === "failures") return formatPercent(figure);
    return row.metric === "rate" ? `${formatNumber(figure)}/s` : formatMs(figure);
  };
  const interval = `${signed(row.low)} to ${signed(row.high)}`;
  return [value(row.baseline), value(row.candidate), signed(row.change), interval];
}

function escapeCell(text: string): string {
  return text.replace(/[|\\`*_[\]<>]/g, "\\$&").replace(/\s+/g, " ");
}

function inCode(text: string): string {
  return text.replace(/`/g, "'");
}

function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
