import { scaleLinear } from "d3-scale";
import { area, curveMonotoneX, line } from "d3-shape";
import { type Html, html } from "./html.js";

export interface PlotSeries {
  readonly name: string;
  /** CSS class that colours it. */
  readonly style: string;
  /** Null breaks the line. */
  readonly values: readonly (number | null)[];
  /** Fills the space below. */
  readonly filled?: boolean;
}

export interface PlotSettings {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Ascending, one for each value. */
  readonly x: readonly number[];
  readonly formatX: (x: number) => string;
  readonly series: readonly PlotSeries[];
  readonly format: (value: number) => string;
}

const margin = { top: 8, right: 10, bottom: 22, left: 56 };

/** Lines as SVG; colours come from the page's style, so that a theme can change them. */
export function plot({ title, width, height, x: places, formatX, series, format }: PlotSettings): Html {
  const largest = Math.max(1e-9, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const x = scaleLinear([0, Math.max(1, places.at(-1) ?? 1)], [margin.left, width - margin.right]);
  const y = scaleLinear([0, largest], [height - margin.bottom, margin.top]).nice(4);
  const index = places.map((_, i) => i);
  const drawn = series.map(({ values, style, filled }) => {
    const defined = (i: number): boolean => values[i] !== null && values[i] !== undefined;
    const at = (i: number): number => y(values[i] ?? 0);
    const across = (i: number): number => x(places[i] ?? 0);
    const path = line<number>(across, at).defined(defined).curve(curveMonotoneX)(index) ?? "";
    const below =
      filled === true ? (area<number>(across, y(0), at).defined(defined).curve(curveMonotoneX)(index) ?? "") : null;
    return html`${below === null ? null : html`<path class="area ${style}" d="${below}"/>`}<path class="line ${style}" d="${path}"/>`;
  });
  const rows = y.ticks(4).map(
    (tick) => html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${y(tick)}" y2="${y(tick)}"/>
      <text x="${margin.left - 8}" y="${y(tick)}" dy="0.32em" text-anchor="end">${format(tick)}</text>`,
  );
  const columns = x
    .ticks(Math.min(8, Math.floor(width / 80)))
    .map((tick) => html`<text x="${x(tick)}" y="${height - 4}" text-anchor="middle">${formatX(tick)}</text>`);
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${rows}${columns}${drawn}</svg>`;
}
