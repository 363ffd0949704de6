import type { DetectorContext } from "../detector.js";
import { groupBy } from "../group.js";
import type { SpanNode } from "../trace/span-node.js";
import { categoryOf, operationName, statementOf } from "./category.js";
import type { Claim } from "./cost.js";
import type { Request } from "./requests.js";

/** One statement of one service, over the requests in focus. */
export interface QueryGroup {
  readonly service: string;
  readonly fingerprint: string;
  readonly system: string;
  /** Durations of all executions. */
  readonly durationsMs: readonly number[];
  /** Unix microseconds of their ends, in the same order. */
  readonly endsUs: readonly number[];
  /** Executions per slow request. */
  readonly perSlowRequest: number;
  readonly claim: Claim;
}

export function queryGroups({ focus }: DetectorContext): QueryGroup[] {
  const groups = groupBy(queriesOf(focus.sample), keyOf);
  const slow = groupBy(queriesOf(focus.slow), keyOf);
  return [...slow]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, slowNodes]) => {
      const [service = "", fingerprint = ""] = key.split("\u0000");
      const nodes = groups.get(key) ?? slowNodes;
      const attributes = slowNodes[0]?.span.attributes ?? {};
      return {
        service,
        fingerprint,
        system: String(attributes["db.system.name"] ?? attributes["db.system"] ?? "database"),
        durationsMs: nodes.map((node) => node.span.durationUs / 1000),
        endsUs: nodes.map((node) => node.endUs),
        perSlowRequest: slowNodes.length / Math.max(1, focus.slow.length),
        claim: (node, ownUs) => (isQuery(node) && keyOf(node) === key ? ownUs : 0),
      };
    });
}

function isQuery(node: SpanNode): boolean {
  return categoryOf(node) === "database" && (statementOf(node) !== undefined || node.children.length === 0);
}

function keyOf(node: SpanNode): string {
  return `${node.span.service}\u0000${operationName(node)}`;
}

function queriesOf(requests: readonly Request[]): SpanNode[] {
  return requests.flatMap(({ tree }) => tree.nodes.filter(isQuery));
}

/** From this many executions of one statement per request on, it is a loop over rows and not a few look-ups. */
export const repeatedFrom = 5;
