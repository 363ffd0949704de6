import { clockStepUs, type SpanNode } from "./span-node.js";
import type { TraceTree } from "./tree.js";

/** A stretch of a request's time and the span that it is owed to: the deepest one on the critical path. */
export interface Segment {
  readonly node: SpanNode;
  readonly startUs: number;
  readonly endUs: number;
}

/**
 * The critical path, parallel-aware as in Uber's CRISP: walk backwards from the end of a span; the child that finished
 * last held it up; go down into that child; from the child's start, walk on to whoever finished last before it. Time in
 * which no child was active is the span's own. Unlike CRISP, a child that runs *across* the point the walk stands at is
 * not skipped: the part before that point is owed to it and not to the waiting parent.
 *
 * The segments are in time order, don't overlap, and cover the root's duration exactly.
 */
export function criticalPath(tree: TraceTree): Segment[] {
  const segments: Segment[] = [];
  const work: Segment[] = [{ node: tree.root, startUs: tree.root.startUs, endUs: tree.root.endUs }];
  for (let window = work.pop(); window !== undefined; window = work.pop()) {
    let cursor = window.endUs;
    while (cursor > window.startUs) {
      const held = lastHolder(window, cursor);
      if (held === null) {
        segments.push({ node: window.node, startUs: window.startUs, endUs: cursor });
        break;
      }
      if (held.endUs < cursor) segments.push({ node: window.node, startUs: held.endUs, endUs: cursor });
      work.push(held);
      cursor = held.startUs;
    }
  }
  return segments.sort((a, b) => a.startUs - b.startUs);
}

/** The child that held the span up at `cursor`, with the stretch in which it did; null when the span was on its own. */
function lastHolder({ node, startUs }: Segment, cursor: number): Segment | null {
  let predecessor: SpanNode | null = null;
  let across: SpanNode | null = null;
  // Children are sorted by end, latest first: those that run across the cursor come before those that ended by it.
  for (const child of node.children) {
    if (child.endUs <= startUs) break;
    if (child.startUs >= cursor || child.endUs <= child.startUs) continue;
    if (child.endUs <= cursor + clockStepUs) {
      predecessor = child;
      break;
    }
    if (across === null || child.startUs < across.startUs) across = child;
  }
  const gapUs = predecessor === null ? Number.POSITIVE_INFINITY : cursor - predecessor.endUs;
  if (across !== null && gapUs > clockStepUs) {
    const from = Math.max(across.startUs, startUs, predecessor?.endUs ?? startUs);
    if (from < cursor) return { node: across, startUs: from, endUs: cursor };
  }
  if (predecessor === null) return null;
  return {
    node: predecessor,
    startUs: Math.max(predecessor.startUs, startUs),
    endUs: Math.min(predecessor.endUs, cursor),
  };
}
