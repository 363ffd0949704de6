import type { Span } from "../model.js";

/** A span in its place, with times corrected for clock skew. `children` holds what the span may have waited for. */
export interface SpanNode {
  readonly span: Span;
  startUs: number;
  endUs: number;
  parent: SpanNode | null;
  children: SpanNode[];
  /** The server span on the other side of this client span, wherever it hangs now. */
  callee: SpanNode | null;
}

/**
 * How far two spans of one process may seem to overlap though one followed the other. OpenTelemetry for JavaScript
 * begins spans at whole milliseconds, and measures their length finer.
 */
export const clockStepUs = 2000;

/** Two spans run in different processes: their clocks may differ, and one may be cut off while the other goes on. */
export function crossesProcess(parent: Span, child: Span): boolean {
  return child.kind === "server" || child.service !== parent.service || child.instance !== parent.instance;
}

/** The database system a span talks to (old or new semantic conventions), or undefined when it is no database call. */
export function databaseSystem(span: Span): string | undefined {
  const system = span.attributes["db.system.name"] ?? span.attributes["db.system"];
  return system === undefined ? undefined : String(system);
}

/** The node and everything below it; parents stand before their children. */
export function breadthFirst(root: SpanNode): SpanNode[] {
  const nodes = [root];
  for (let index = 0; index < nodes.length; index++) {
    for (const child of nodes[index]?.children ?? []) nodes.push(child);
  }
  return nodes;
}
