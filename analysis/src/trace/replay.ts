import { clockStepUs, type SpanNode } from "./span-node.js";
import type { TraceTree } from "./tree.js";

/** Says how long a span's own time (not covered by any child) would have been; given it in microseconds. */
export type OwnTime = (node: SpanNode, ownUs: number) => number;

/**
 * How long the request would have taken had some spans spent less time of their own. What ran one after the other stays
 * so, and what ran in parallel too: so a shortened branch gains only until another branch is the longest. An estimate:
 * that the freed resource also helps other requests is not in it, nor that the next limit may then be reached.
 * @returns the request's duration in microseconds
 */
export function replay(tree: TraceTree, ownTime: OwnTime): number {
  const newDuration = new Map<SpanNode, number>();
  for (let index = tree.nodes.length - 1; index >= 0; index--) {
    const node = tree.nodes[index];
    if (node !== undefined) newDuration.set(node, replayNode(node, newDuration, ownTime));
  }
  return newDuration.get(tree.root) ?? 0;
}

function replayNode(node: SpanNode, newDuration: ReadonlyMap<SpanNode, number>, ownTime: OwnTime): number {
  const duration = node.endUs - node.startUs;
  const children = node.children
    .filter((child) => child.startUs < node.endUs && child.endUs > node.startUs)
    .sort((a, b) => a.startUs - b.startUs || a.endUs - b.endUs);
  if (children.length === 0) return Math.max(0, Math.min(duration, ownTime(node, duration)));

  const free = freeTime(node, children);
  const ownUs = free(node.startUs, node.endUs);
  const factor = ownUs > 0 ? Math.max(0, Math.min(1, ownTime(node, ownUs) / ownUs)) : 1;
  /** Shrinks only the part of a gap in which the span was on its own. */
  const shrink = (fromUs: number, toUs: number): number => {
    const own = free(fromUs, toUs);
    return Math.max(0, toUs - fromUs) - own * (1 - factor);
  };

  const newEnd = new Map<SpanNode, number>();
  /** When the siblings that had ended by then would have ended, and the span would have gone on. */
  const resumed = (atUs: number): number => {
    let from = node.startUs;
    let after = 0;
    for (const [sibling, end] of newEnd) {
      // One that the span gave up on ended, for the span, when the span did.
      const endUs = Math.min(sibling.endUs, node.endUs);
      if (endUs > atUs + clockStepUs) continue;
      from = Math.max(from, endUs);
      after = Math.max(after, end);
    }
    return after + shrink(from, atUs);
  };
  for (const child of children) {
    newEnd.set(child, resumed(child.startUs) + Math.min(newDuration.get(child) ?? 0, clippedDuration(node, child)));
  }
  return Math.min(duration, Math.max(resumed(node.endUs), ...newEnd.values()));
}

function clippedDuration(node: SpanNode, child: SpanNode): number {
  return Math.min(child.endUs, node.endUs) - Math.max(child.startUs, node.startUs);
}

/** Measures how much of a stretch is covered by no child. Children come sorted by start. */
function freeTime(node: SpanNode, children: readonly SpanNode[]): (fromUs: number, toUs: number) => number {
  const gaps: [number, number][] = [];
  let covered = node.startUs;
  for (const child of children) {
    if (child.startUs > covered) gaps.push([covered, child.startUs]);
    covered = Math.max(covered, child.endUs);
  }
  if (covered < node.endUs) gaps.push([covered, node.endUs]);
  return (fromUs, toUs) => {
    let free = 0;
    for (const [start, end] of gaps) free += Math.max(0, Math.min(end, toUs) - Math.max(start, fromUs));
    return free;
  };
}
