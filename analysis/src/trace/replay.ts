import type { SpanNode } from "./span-node.js";
import type { TraceTree } from "./tree.js";

/** Says how long a span's own time (not covered by any child) would have been; given it in microseconds. */
export type OwnTime = (node: SpanNode, ownUs: number) => number;

const sequenceToleranceUs = 500;

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
  let latest = 0;
  let last: SpanNode | null = null;
  for (const [index, child] of children.entries()) {
    const before = lastEndedBefore(children, index, child.startUs);
    const from = before?.endUs ?? node.startUs;
    const start = (before === null ? 0 : (newEnd.get(before) ?? 0)) + shrink(from, child.startUs);
    const end = start + Math.min(newDuration.get(child) ?? 0, clippedDuration(node, child));
    newEnd.set(child, end);
    latest = Math.max(latest, end);
    if (last === null || child.endUs > last.endUs) last = child;
  }
  const tail = last === null ? 0 : (newEnd.get(last) ?? 0) + shrink(Math.min(last.endUs, node.endUs), node.endUs);
  return Math.min(duration, Math.max(latest, tail));
}

function clippedDuration(node: SpanNode, child: SpanNode): number {
  return Math.min(child.endUs, node.endUs) - Math.max(child.startUs, node.startUs);
}

/** Who the child followed: the sibling that ended last before it started. */
function lastEndedBefore(children: readonly SpanNode[], index: number, startUs: number): SpanNode | null {
  let before: SpanNode | null = null;
  for (let i = 0; i < index; i++) {
    const sibling = children[i];
    if (sibling === undefined || sibling.endUs > startUs + sequenceToleranceUs) continue;
    if (before === null || sibling.endUs > before.endUs) before = sibling;
  }
  return before;
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
