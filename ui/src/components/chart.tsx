import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Exemplar, type Series, seriesName } from "../api/prometheus.js";
import { compact } from "../format/units.js";
import { align, extent, type Grid, shareAxis, union } from "./chart-data.js";
import { cssColor, isDark, seriesColor } from "./palette.js";

const heightPx = 340;
/** How near to a dot a click must be. */
const hitPx = 8;

export interface ChartProps {
  readonly series: readonly Series[];
  readonly grid: Grid;
  /** Indexes of series that are not drawn. */
  readonly hidden: ReadonlySet<number>;
  readonly exemplars: readonly Exemplar[];
  /** A stretch of time was drawn over with the pointer. */
  readonly onZoom: (startS: number, endS: number) => void;
  readonly onExemplar: (exemplar: Exemplar) => void;
}

/** What is under the pointer. */
interface Hover {
  readonly left: number;
  readonly lines: readonly { readonly index: number; readonly name: string; readonly value: number }[];
  readonly timeS: number;
  readonly exemplar: Exemplar | undefined;
}

/** Lines over time, with exemplars as dots. The same data is in the table, for those who do not see it. */
export default function Chart(props: ChartProps): JSX.Element {
  const { series, grid, hidden, exemplars } = props;
  const box = useRef<HTMLDivElement>(null);
  const newest = useRef(props);
  newest.current = props;
  const [hover, setHover] = useState<Hover>();
  const dark = useDark();
  const data = useMemo(() => align(series, grid), [series, grid]);

  useEffect(() => {
    const { current: element } = box;
    if (!element) return;
    const plot = new uPlot(options(element.clientWidth, newest, setHover, data, dark), data, element);
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [data, exemplars, hidden, dark]);

  const [start, end] = [grid.startS, grid.endS].map((at) => new Date(at * 1000).toLocaleTimeString("en-GB"));
  return (
    <div class="chart">
      <div ref={box} role="img" aria-label={`Graph of ${series.length} series from ${start} to ${end}`} />
      {hover && <HoverBox hover={hover} width={box.current?.clientWidth ?? 0} />}
    </div>
  );
}

function HoverBox(props: { readonly hover: Hover; readonly width: number }): JSX.Element {
  const { hover, width } = props;
  const side = hover.left > width / 2 ? { right: `${width - hover.left + 12}px` } : { left: `${hover.left + 12}px` };
  return (
    <div class="hover" style={side} aria-hidden="true">
      <time>{new Date(hover.timeS * 1000).toLocaleTimeString("en-GB")}</time>
      {hover.exemplar && (
        <p>
          <b>{compact(hover.exemplar.value)}</b> exemplar: click for trace {hover.exemplar.traceId.slice(0, 8)}…
        </p>
      )}
      {hover.lines.map(({ index, name, value }) => (
        <p key={index}>
          <i class="dot" style={{ background: seriesColor(index, isDark()) }} /> <b>{compact(value)}</b> {name}
        </p>
      ))}
    </div>
  );
}

function useDark(): boolean {
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const change = (): void => setDark(media.matches);
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, []);
  return dark;
}

function options(
  width: number,
  newest: { readonly current: ChartProps },
  onHover: (hover: Hover | undefined) => void,
  data: ReturnType<typeof align>,
  dark: boolean,
): uPlot.Options {
  const { series, hidden, exemplars, grid } = newest.current;
  const shown = data.slice(1).filter((_, index) => !hidden.has(index));
  const lines = extent(shown);
  const dots = extent([exemplars.map(({ value }) => value)]);
  const shared = exemplars.length > 0 && shareAxis(exemplars, lines);
  const room = ([min, max]: readonly [number, number]): uPlot.Range.MinMax =>
    uPlot.rangeNum(Math.min(0, min), max, { min: { pad: 0.05, soft: 0, mode: 1 }, max: { pad: 0.1, mode: 2 } });
  const ticks = { stroke: cssColor("line"), width: 1 };
  const axis = { stroke: cssColor("muted"), grid: ticks, ticks, font: "12px system-ui" };
  const dotScale = shared ? "y" : "exemplars";
  return {
    width,
    height: heightPx,
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [grid.startS, grid.endS] },
      y: { range: () => room(shared ? union(lines, dots) : lines) },
      exemplars: { range: () => room(dots) },
    },
    axes: [
      { ...axis, space: 80, values: (_plot, times, _axis, _space, stepS) => times.map((at) => timeLabel(at, stepS)) },
      { ...axis, size: 64, values: (_plot, values) => values.map(compact) },
    ],
    series: [
      {},
      ...series.map((_, index) => ({
        show: !hidden.has(index),
        stroke: seriesColor(index, dark),
        width: 1.5,
        points: { size: 4 },
      })),
    ],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
    hooks: {
      draw: [(plot) => drawExemplars(plot, exemplars, dotScale)],
      setCursor: [(plot) => onHover(underPointer(plot, newest.current, data, dotScale))],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected > 4) newest.current.onZoom(plot.posToVal(left, "x"), plot.posToVal(left + selected, "x"));
        },
      ],
      ready: [
        (plot) =>
          plot.over.addEventListener("click", () => {
            const found = nearestExemplar(plot, newest.current.exemplars, dotScale);
            if (found) newest.current.onExemplar(found);
          }),
      ],
    },
  };
}

function timeLabel(timeS: number, stepS: number): string {
  const date = new Date(timeS * 1000);
  if (stepS >= 86_400) return date.toLocaleDateString("en-CA");
  return date.toLocaleTimeString("en-GB").slice(0, stepS < 60 ? 8 : 5);
}

function drawExemplars(plot: uPlot, exemplars: readonly Exemplar[], scale: string): void {
  const { ctx, bbox } = plot;
  const radius = 3.5 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = cssColor("card");
  ctx.strokeStyle = cssColor("text");
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const { timeS, value } of exemplars) {
    ctx.beginPath();
    ctx.arc(plot.valToPos(timeS, "x", true), plot.valToPos(value, scale, true), radius, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

function nearestExemplar(plot: uPlot, exemplars: readonly Exemplar[], scale: string): Exemplar | undefined {
  const { left = -1, top = -1 } = plot.cursor;
  let [nearest, distance]: [Exemplar | undefined, number] = [undefined, hitPx];
  for (const exemplar of exemplars) {
    const away = Math.hypot(plot.valToPos(exemplar.timeS, "x") - left, plot.valToPos(exemplar.value, scale) - top);
    if (away < distance) [nearest, distance] = [exemplar, away];
  }
  return nearest;
}

/** The time under the pointer and the values there, those nearest to the pointer first. */
function underPointer(
  plot: uPlot,
  { series, hidden, exemplars }: ChartProps,
  [times, ...columns]: ReturnType<typeof align>,
  dotScale: string,
): Hover | undefined {
  const { left = -1, top = -1, idx } = plot.cursor;
  const timeS = idx === null || idx === undefined ? undefined : times[idx];
  if (left < 0 || timeS === undefined) return undefined;
  const at = plot.posToVal(top, "y");
  const lines = series
    .map(({ labels }, index) => ({ index, name: seriesName(labels), value: columns[index]?.[idx ?? 0] }))
    .filter(
      (line): line is typeof line & { value: number } => typeof line.value === "number" && !hidden.has(line.index),
    )
    .sort((a, b) => Math.abs(a.value - at) - Math.abs(b.value - at))
    .slice(0, 6);
  const offset = plot.over.offsetLeft;
  return { left: left + offset, lines, timeS, exemplar: nearestExemplar(plot, exemplars, dotScale) };
}
