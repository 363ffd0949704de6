import type { CaseResult } from "./evaluator.js";
import { score } from "./scores.js";

/** The data set's authors' best method (traversal) on low and high traffic, from the data set's paper. */
const published = { top1: 0.654, top3: 0.827 } as const;

const share = (value: number): string => (Number.isNaN(value) ? "" : value.toFixed(3));

function row(name: string, results: readonly CaseResult[]): string {
  const { cases, top1, top3, nulls, specificity } = score(results);
  return `| ${name} | ${cases} | ${share(top1)} | ${share(top3)} | ${nulls} | ${share(specificity)} |`;
}

/** Markdown; a case counts once per seed. */
export function table(results: readonly CaseResult[]): string {
  const lines = [
    "| scenario, metric | runs | top-1 | top-3 | runs without incident | specificity |",
    "|---|--:|--:|--:|--:|--:|",
  ];
  const scenarioOf = (one: CaseResult): string =>
    one.isNull ? one.case.replace(/^null-([a-z]+)-.*/, "$1") : one.group;
  for (const group of new Set(results.map(scenarioOf)))
    for (const metric of new Set(results.map((one) => one.metric)))
      lines.push(
        row(
          `${group}, ${metric}`,
          results.filter((one) => scenarioOf(one) === group && one.metric === metric),
        ),
      );
  const core = results.filter((one) => scenarioOf(one) !== "temporal");
  lines.push(row("**low and high**", core), row("**all**", results));
  lines.push(`| published (traversal), low and high | | ${published.top1} | ${published.top3} | | |`);
  return lines.join("\n");
}
