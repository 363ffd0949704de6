import { formatGoDuration } from "./go-text.js";

/** What the adjustment sees of a span; times in nanoseconds. */
export interface SkewedSpan {
  readonly id: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** The machine; spans of one machine have one clock. Empty when it did not say. */
  readonly host: string;
  warn(text: string): void;
  /** Moves the span and its events. */
  shift(deltaNs: bigint): void;
}

interface Node {
  readonly span: SkewedSpan;
  readonly children: Node[];
}

/**
 * Jaeger's clock skew adjustment: a child that does not lie within its parent and comes from another machine is moved
 * into it, and with it everything below on the same machine. Whatever is found is told in the spans' warnings.
 * @param maxDeltaNs larger corrections are not made; 0 for none at all
 * @param missingParent the warning of a span whose parent is not in the trace
 */
export function correctClockSkew(
  spans: readonly SkewedSpan[],
  maxDeltaNs: bigint,
  missingParent: (parentId: string) => string,
): void {
  const nodes = new Map<string, Node>();
  for (const span of spans) {
    if (nodes.has(span.id)) span.warn("duplicate span IDs; skipping clock skew adjustment");
    else nodes.set(span.id, { span, children: [] });
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const { parentId } = node.span;
    const parent = nodes.get(parentId);
    if (parent !== undefined) {
      parent.children.push(node);
      continue;
    }
    if (parentId !== "") node.span.warn(missingParent(parentId));
    roots.push(node);
  }
  // A trace may be a chain of any length, so the way down keeps its own stack.
  const work = roots.map((node) => ({
    node,
    parent: undefined as Node | undefined,
    host: node.span.host,
    deltaNs: 0n,
  }));
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { node, parent } = item;
    let { host, deltaNs } = item;
    if (parent !== undefined && (node.span.host !== host || node.span.host === "")) {
      host = node.span.host;
      deltaNs = skewOf(node.span, parent.span);
    }
    adjust(node.span, deltaNs, maxDeltaNs);
    for (const child of node.children) work.push({ node: child, parent: node, host, deltaNs });
  }
}

/** How far the child must move to lie in its parent. */
function skewOf(child: SkewedSpan, parent: SkewedSpan): bigint {
  if (child.durationNs > parent.durationNs) {
    // It outlived its parent, so all that can be said is that it did not start before it.
    return child.startNs < parent.startNs ? parent.startNs - child.startNs : 0n;
  }
  const isInside =
    child.startNs >= parent.startNs && child.startNs + child.durationNs <= parent.startNs + parent.durationNs;
  if (isInside) return 0n;
  // The way there is taken to be as long as the way back.
  return parent.startNs + (parent.durationNs - child.durationNs) / 2n - child.startNs;
}

function adjust(span: SkewedSpan, deltaNs: bigint, maxDeltaNs: bigint): void {
  if (deltaNs === 0n) return;
  const delta = formatGoDuration(deltaNs);
  if ((deltaNs < 0n ? -deltaNs : deltaNs) <= maxDeltaNs) {
    span.shift(deltaNs);
    span.warn(`This span's timestamps were adjusted by ${delta}`);
  } else if (maxDeltaNs === 0n) {
    span.warn(`clock skew adjustment disabled; not applying calculated delta of ${delta}`);
  } else {
    const max = formatGoDuration(maxDeltaNs);
    span.warn(`max clock skew adjustment delta of ${max} exceeded; not applying calculated delta of ${delta}`);
  }
}
