import type { Trace } from "../model.js";
import { correctClockSkew } from "./clock-skew.js";
import { rehomeOutliving } from "./outliving.js";
import { breadthFirst, databaseSystem, type SpanNode } from "./span-node.js";

export interface TraceTree {
  readonly traceId: string;
  readonly root: SpanNode;
  /** Every node that the request may have waited for; parents stand before their children. */
  readonly nodes: readonly SpanNode[];
  /** Spans whose parent is missing and that are not the root. */
  readonly orphans: number;
  readonly skewCorrected: number;
  /** Work that the request started but did not wait for: queue consumers, fire and forget. */
  readonly asynchronous: readonly SpanNode[];
}

/**
 * Puts the spans of one trace in order: finds the request's root, attaches spans whose parent was lost, corrects clock
 * skew between processes, and takes out asynchronous work. Null when no span can be the root of a request.
 */
export function buildTree(trace: Trace, rootService?: string): TraceTree | null {
  const byId = new Map<string, SpanNode>();
  for (const span of trace.spans) {
    if (byId.has(span.spanId)) continue;
    const endUs = span.startUs + Math.max(0, span.durationUs);
    byId.set(span.spanId, { span, startUs: span.startUs, endUs, parent: null, children: [], callee: null });
  }
  const heads = linkParents(byId);
  const root = chooseRoot(heads, rootService);
  if (root === null) return null;

  const asynchronous = detachConsumers(byId.values());
  const orphans = adoptOrphans(root, heads);
  const skewCorrected = correctClockSkew(root);
  asynchronous.push(...rehomeOutliving(root));
  for (const node of byId.values()) node.children.sort((a, b) => b.endUs - a.endUs || a.startUs - b.startUs);
  return { traceId: trace.traceId, root, nodes: breadthFirst(root), orphans, skewCorrected, asynchronous };
}

/** Links children to parents and returns the spans that have none here. A span in a parent cycle hangs nowhere. */
function linkParents(byId: ReadonlyMap<string, SpanNode>): SpanNode[] {
  const heads: SpanNode[] = [];
  for (const node of byId.values()) {
    const { parentSpanId, spanId } = node.span;
    const parent = parentSpanId === null || parentSpanId === spanId ? undefined : byId.get(parentSpanId);
    if (parent === undefined) {
      heads.push(node);
      continue;
    }
    node.parent = parent;
    parent.children.push(node);
    if (parent.span.kind === "client" && node.span.kind === "server") parent.callee = node;
  }
  return heads;
}

/**
 * The request is the longest of the spans nobody called; a consumer never answers a request. With a named service it is
 * that service's uppermost server span, and a trace that does not touch the service is no request.
 */
function chooseRoot(heads: readonly SpanNode[], rootService: string | undefined): SpanNode | null {
  let candidates = heads.filter((head) => head.span.kind !== "consumer");
  if (rootService !== undefined) candidates = candidates.flatMap((head) => entrySpan(head, rootService) ?? []);
  const length = (node: SpanNode): number => node.endUs - node.startUs;
  candidates.sort((a, b) => length(b) - length(a) || a.startUs - b.startUs || (a.span.spanId < b.span.spanId ? -1 : 1));
  const root = candidates[0] ?? null;
  if (root !== null) root.parent = null;
  return root;
}

function entrySpan(head: SpanNode, service: string): SpanNode | undefined {
  if (head.span.service === service) return head;
  return breadthFirst(head).find((node) => node.span.service === service && node.span.kind === "server");
}

function detachConsumers(nodes: Iterable<SpanNode>): SpanNode[] {
  const detached: SpanNode[] = [];
  for (const node of nodes) {
    if (node.span.kind !== "consumer") continue;
    detached.push(node);
    if (node.parent !== null) node.parent.children = node.parent.children.filter((child) => child !== node);
  }
  return detached;
}

/**
 * A span whose parent was lost goes to the tightest span that encloses it in time: a request handled by its own process,
 * else a call without a known callee, else the root. The time is then told of the span that was seen, and not of its
 * surroundings.
 */
function adoptOrphans(root: SpanNode, heads: readonly SpanNode[]): number {
  const orphans = heads.filter((head) => head !== root && head.span.parentSpanId !== null);
  const known = breadthFirst(root);
  for (const orphan of orphans) {
    if (orphan.span.kind === "consumer") continue;
    const enclosing = known
      .filter((node) => node.startUs <= orphan.startUs && node.endUs >= orphan.endUs)
      .sort((a, b) => a.endUs - a.startUs - (b.endUs - b.startUs));
    const parent = enclosing.find((node) => handles(node, orphan)) ?? enclosing.find((node) => mayCall(node, orphan));
    const adopter = parent ?? (enclosing.includes(root) ? root : null);
    if (adopter === null) continue;
    orphan.parent = adopter;
    adopter.children.push(orphan);
  }
  return orphans.length;
}

function handles(node: SpanNode, orphan: SpanNode): boolean {
  const { kind, service, instance } = node.span;
  return kind === "server" && service === orphan.span.service && instance === orphan.span.instance;
}

function mayCall(node: SpanNode, orphan: SpanNode): boolean {
  const isCall = node.span.kind === "client" && databaseSystem(node.span) === undefined;
  return isCall && node.callee === null && node.span.service !== orphan.span.service;
}
