import type { JSX } from "preact";
import type { Series } from "../api/prometheus.js";

const [width, height] = [100, 32];

/** A line without axes, from zero to its highest value. The figure beside it says what it means. */
export function Sparkline(props: {
  readonly points: Series["points"];
  readonly startS: number;
  readonly endS: number;
}): JSX.Element {
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={sparkPath(props.points, props.startS, props.endS)} vector-effect="non-scaling-stroke" />
    </svg>
  );
}

/** The line as an SVG path; a value that is no number leaves a gap. */
export function sparkPath(points: Series["points"], startS: number, endS: number): string {
  const highest = Math.max(...points.map(([, value]) => value).filter(Number.isFinite), 0) || 1;
  let pen = "M";
  return points
    .map(([timeS, value]) => {
      if (!Number.isFinite(value)) {
        pen = "M";
        return "";
      }
      const x = ((timeS - startS) / (endS - startS)) * width;
      const part = `${pen}${x.toFixed(1)} ${((1 - value / highest) * (height - 2) + 1).toFixed(1)}`;
      pen = "L";
      return part;
    })
    .join("");
}
