import { expect } from "vitest";
import { criticalPath } from "../trace/critical-path.js";
import { buildTree } from "../trace/tree.js";
import { type SpanSketch, sketch } from "./spans.js";

/** Milliseconds of the request that are owed to each span; tests compare them with what was worked out by hand. */
export function blame(root: SpanSketch, ...lost: SpanSketch[]): Record<string, number> {
  const tree = buildTree(sketch(root, ...lost));
  if (tree === null) throw new Error("no tree");
  const path = criticalPath(tree);
  const owed: Record<string, number> = {};
  let at = tree.root.startUs;
  for (const { node, startUs, endUs } of path) {
    expect(startUs, "segments leave no gap and don't overlap").toBe(at);
    at = endUs;
    owed[node.span.name] = (owed[node.span.name] ?? 0) + (endUs - startUs) / 1000;
  }
  expect(at, "segments cover the root").toBe(tree.root.endUs);
  return owed;
}
