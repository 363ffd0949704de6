import { breadthFirst, clockStepUs, crossesProcess, type SpanNode } from "./span-node.js";

/**
 * Within one process and one clock, a span that ended before its child did not wait for it: some enclosing span may
 * have (an Express middleware's span ends at `next()`, the handler's queries go on below it), so the child moves up to
 * the nearest ancestor in the process that was open until the child's end. When there is none, the work was fired and
 * forgotten, and leaves the tree.
 * @returns the work that nobody waited for
 */
export function rehomeOutliving(root: SpanNode): SpanNode[] {
  const forgotten: SpanNode[] = [];
  for (const node of breadthFirst(root)) {
    const parent = node.parent;
    if (parent === null || node === root || crossesProcess(parent.span, node.span)) continue;
    if (node.endUs <= parent.endUs + clockStepUs) continue;
    parent.children = parent.children.filter((child) => child !== node);
    node.parent = openAncestor(parent, node);
    if (node.parent === null) forgotten.push(node);
    else node.parent.children.push(node);
  }
  return forgotten;
}

function openAncestor(parent: SpanNode, node: SpanNode): SpanNode | null {
  for (let at: SpanNode = parent; ; ) {
    const up: SpanNode | null = at.parent;
    if (up === null || crossesProcess(up.span, at.span)) return null;
    if (up.endUs + clockStepUs >= node.endUs) return up;
    at = up;
  }
}
