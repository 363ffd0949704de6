import { breadthFirst, crossesProcess, type SpanNode } from "./span-node.js";

/**
 * Two machines' clocks differ, so a callee may seem to start before it was called. When a callee fits into the call but
 * does not lie in it, it is moved to the call's middle (as Jaeger does: request and response are taken to travel equally
 * long); a callee longer than the call (the caller gave up) is only moved so that it does not start before it. What
 * hangs below moves along. Within a process nothing is moved: there is one clock.
 * @returns how many calls were corrected
 */
export function correctClockSkew(root: SpanNode): number {
  const offsetUs = new Map<SpanNode, number>([[root, 0]]);
  let corrected = 0;
  for (const node of breadthFirst(root)) {
    const inherited = offsetUs.get(node) ?? 0;
    for (const child of node.children) {
      const shift = inherited + (crossesProcess(node.span, child.span) ? skewOf(node, child, inherited) : 0);
      if (shift !== inherited) corrected++;
      offsetUs.set(child, shift);
      child.startUs += shift;
      child.endUs += shift;
    }
  }
  return corrected;
}

/** How far to move the child, once the parent's own shift was applied to it. */
function skewOf(parent: SpanNode, child: SpanNode, inheritedUs: number): number {
  const start = child.startUs + inheritedUs;
  const end = child.endUs + inheritedUs;
  if (start >= parent.startUs && end <= parent.endUs) return 0;
  const slack = parent.endUs - parent.startUs - (end - start);
  if (slack >= 0) return parent.startUs + slack / 2 - start;
  return start < parent.startUs ? parent.startUs - start : 0;
}
