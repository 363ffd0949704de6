import { quantile } from "../numbers.js";
import type { QueryGroup } from "./queries.js";
import type { QueryCost } from "./query-cost.js";

/** Statements that take row or table locks by asking for them. */
const asksForLock = /\bfor\s+(no\s+key\s+)?(update|share)\b|\block\s+(table|in\s+share\s+mode)\b/i;
/** Statements that take them because they write. */
const writes = /^\s*(insert|update|delete|merge|with\b.*\b(insert|update|delete)\b)/is;
/** Fewer ends than this show no rhythm. */
const enoughEnds = 15;
/** Of the median time between ends: who takes turns is never much quicker than one turn, who does not often is. */
const shortestTurn = 0.4;
/** A turn shorter than this is no wait that anybody feels. */
const leastTurnMs = 5;

/** A lock that executions of one statement wait for. */
export interface Lock {
  /** The table, as the statement names it; the statement itself when it names none. */
  readonly name: string;
  /** How long each holder keeps it, as far as the ends of the waits tell; null when they show no turns. */
  readonly turnMs: number | null;
}

/**
 * Whether a statement waits for a lock rather than works: it is quick when nobody is in its way, it takes locks, and
 * it says so itself or its executions end one at a time, as those do that are let through one by one.
 */
export function lockOf({ fingerprint, durationsMs, endsUs }: QueryGroup, { waits, p10Ms }: QueryCost): Lock | null {
  const asks = asksForLock.test(fingerprint);
  if (!waits || (!asks && !writes.test(fingerprint))) return null;
  const ends = endsUs.filter((_, index) => (durationsMs[index] ?? 0) > 3 * Math.max(0.5, p10Ms));
  const turnMs = turnOf(ends);
  if (!asks && turnMs === null) return null;
  return { name: tableOf(fingerprint), turnMs };
}

function turnOf(endsUs: readonly number[]): number | null {
  if (endsUs.length < enoughEnds) return null;
  const sorted = [...endsUs].sort((a, b) => a - b);
  const gapsMs = sorted.slice(1).map((end, index) => (end - (sorted[index] ?? 0)) / 1000);
  const [short, typical] = [quantile(gapsMs, 0.1), quantile(gapsMs, 0.5)];
  return short >= leastTurnMs && short >= shortestTurn * typical ? short : null;
}

function tableOf(fingerprint: string): string {
  const match = /\b(?:from|update|into|table)\s+(?:only\s+)?([\w.$"`]+)/i.exec(fingerprint);
  return match?.[1]?.replace(/["`]/g, "") ?? fingerprint;
}
