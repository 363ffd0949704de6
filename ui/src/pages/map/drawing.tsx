import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ServiceGraph } from "../../api/service-graph.js";
import { hue } from "../../components/service-name.js";
import { duration, percent, rate } from "../../format/units.js";
import { layout, nodeHeight, nodeWidth, type PlacedEdge, type PlacedNode } from "./layout.js";

/** Narrower than this, callers stand above those they call. */
const narrowPx = 640;

/** The map as a picture. Services are buttons: Tab reaches them, Enter chooses one. */
export function MapDrawing(props: {
  readonly graph: ServiceGraph;
  readonly chosen: string;
  readonly onChoose: (service: string) => void;
}): JSX.Element {
  const { graph, chosen } = props;
  const box = useRef<HTMLElement>(null);
  const [narrow, setNarrow] = useState(innerWidth < narrowPx);
  useEffect(() => {
    if (!box.current) return;
    const watch = new ResizeObserver(([entry]) => entry && setNarrow(entry.contentRect.width < narrowPx));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  // Only another set of services and calls needs another layout; new figures are written into the old one.
  const shape = JSON.stringify([graph.nodes.map(({ name }) => name), graph.edges.map(({ from, to }) => [from, to])]);
  const placed = useMemo(() => layout(graph, narrow ? "TB" : "LR"), [shape, narrow]);
  const reds = new Map(graph.nodes.map((node) => [node.name, node]));
  const figures = new Map(graph.edges.map((edge) => [`${edge.from} ${edge.to}`, edge]));
  const fastest = Math.max(...graph.edges.map((edge) => edge.rate), 0);
  const near = (edge: PlacedEdge): boolean => chosen === "" || edge.from === chosen || edge.to === chosen;

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section ref={box} class="map" aria-label="Map" tabIndex={0}>
      <svg width={placed.width} height={placed.height} viewBox={`0 0 ${placed.width} ${placed.height}`}>
        <title>Services and their calls</title>
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="10"
            markerHeight="10"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        {placed.edges.map((edge) => (
          <Call
            key={`${edge.from} ${edge.to}`}
            edge={{ ...edge, ...figures.get(`${edge.from} ${edge.to}`) }}
            fastest={fastest}
            dim={!near(edge)}
          />
        ))}
        {placed.nodes.map((node) => (
          <Service
            key={node.name}
            node={{ ...node, red: reds.get(node.name)?.red }}
            chosen={node.name === chosen}
            onChoose={() => props.onChoose(node.name === chosen ? "" : node.name)}
          />
        ))}
      </svg>
    </section>
  );
}

function Call(props: { readonly edge: PlacedEdge; readonly fastest: number; readonly dim: boolean }): JSX.Element {
  const { edge, fastest, dim } = props;
  const bad = edge.errors > 0.01;
  const width = 1 + 3 * Math.sqrt(edge.rate / (fastest || 1));
  return (
    <g class={`call${bad ? " bad" : ""}${dim ? " dim" : ""}`}>
      <path class="wire" d={edge.path} stroke-width={width} marker-end="url(#arrow)" />
      <text x={edge.x} y={edge.y - 7}>
        {rate(edge.rate)}/s
      </text>
      {Number.isFinite(edge.errors) && (
        <text x={edge.x} y={edge.y + 16} class="more">
          {bad ? percent(edge.errors) : duration(edge.p95Us)}
        </text>
      )}
    </g>
  );
}

function Service(props: {
  readonly node: PlacedNode;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}): JSX.Element {
  const { node, chosen, onChoose } = props;
  const { red, name } = node;
  const bad = red !== undefined && red.errors > 0.01;
  return (
    <foreignObject x={node.x} y={node.y} width={nodeWidth} height={nodeHeight}>
      <button
        type="button"
        class={bad ? "node bad" : "node"}
        aria-pressed={chosen}
        title={name}
        style={{ "--hue": hue(name) }}
        onClick={onChoose}
      >
        <span class="node-name">
          <i class="dot" /> {name}
        </span>
        {red ? (
          <span class="node-red">
            <span>{rate(red.rate)}/s</span> <span>{percent(red.errors)}</span> <span>{duration(red.p95Us)}</span>
          </span>
        ) : (
          <span class="node-red">no metrics</span>
        )}
      </button>
    </foreignObject>
  );
}
