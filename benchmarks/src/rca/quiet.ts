import { defaultRcaSettings, rankRootCauses, type SeriesTable } from "@venturi/analysis";
import type { Case } from "./cases.js";
import { type Score, score } from "./scores.js";

function rows(table: SeriesTable, from: number, to: number): SeriesTable {
  return {
    ...table,
    time: table.time.slice(from, to),
    series: table.series.map((one) => ({ ...one, values: one.values.slice(from, to) })),
  };
}

/**
 * Many more cases without incident than the data set has: every five rows of the second half of each long normal time, each
 * with the rows before as its normal time, as if an alert had fired in its third row.
 */
export function quietWindows(cases: readonly Case[]): Record<string, Score> {
  const scores: Record<string, Score> = {};
  for (const { group, metric, input } of cases) {
    const name = `${group}, ${metric}`;
    const { normal, graph, target } = input;
    if (name in scores || group === "null" || normal.time.length < 2 / defaultRcaSettings.falseAlarms) continue;
    const outcomes = [];
    for (let from = Math.floor(normal.time.length / 2); from + 5 <= normal.time.length; from += 5) {
      const issue = rows(normal, from, from + 5);
      const alert = { ...target, time: issue.time[2] ?? 0 };
      const ranked = rankRootCauses({ graph, normal: rows(normal, 0, from), issue, target: alert });
      outcomes.push({ rank: null, empty: ranked.length === 0, isNull: true });
    }
    scores[name] = score(outcomes);
    console.log(`quiet windows, ${name}`.padEnd(54), scores[name].specificity.toFixed(3), `(${outcomes.length})`);
  }
  return scores;
}
