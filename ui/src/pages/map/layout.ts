import { layout as dagreLayout, Graph } from "@dagrejs/dagre";
import type { MapEdge, MapNode, ServiceGraph } from "../../api/service-graph.js";

/** Pixels of a node's box; map.css draws text into it. */
export const nodeWidth = 176;
export const nodeHeight = 58;
const labelWidth = 84;
const labelHeight = 30;

export interface PlacedNode extends MapNode {
  /** The box's upper left corner. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge extends MapEdge {
  /** An SVG path through the points of the layout. */
  readonly path: string;
  /** The middle of the label. */
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Places services in layers, callers before those they call, with as few crossings as dagre finds. */
export function layout(graph: ServiceGraph, direction: "LR" | "TB"): Layout {
  const placed = new Graph();
  placed.setGraph({ rankdir: direction, nodesep: 26, ranksep: 40, edgesep: 16, marginx: 12, marginy: 12 });
  for (const { name } of graph.nodes) placed.setNode(name, { width: nodeWidth, height: nodeHeight });
  for (const { from, to } of graph.edges) {
    placed.setEdge(from, to, { width: labelWidth, height: labelHeight, labelpos: "c" });
  }
  dagreLayout(placed);
  const { width = 0, height = 0 } = placed.graph() as { width?: number; height?: number };
  return {
    width,
    height,
    nodes: graph.nodes.map((node) => {
      const { x, y } = placed.node(node.name) as { x: number; y: number };
      return { ...node, x: x - nodeWidth / 2, y: y - nodeHeight / 2 };
    }),
    edges: graph.edges.map((edge) => {
      const at = placed.edge(edge.from, edge.to) as { points: readonly Point[]; x: number; y: number };
      return { ...edge, path: smooth(at.points), x: at.x, y: at.y };
    }),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A curve from the first point to the last, rounded at those between: through the middles of the lines. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const text = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const parts = [`M${text(first)}`];
  for (const [i, point] of rest.entries()) {
    const next = rest[i + 1];
    if (!next) parts.push(`L${text(point)}`);
    else parts.push(`Q${text(point)} ${text({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`);
  }
  return parts.join("");
}
