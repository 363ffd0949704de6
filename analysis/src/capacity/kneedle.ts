/** A curve sampled at ascending `x`. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

export type CurveShape =
  /** Rises fast, then flattens: throughput by concurrency. */
  | "concave-increasing"
  /** Flat, then rises ever faster: latency by rate. */
  | "convex-increasing";

/**
 * The knee of a curve by Kneedle (V. Satopaa et al., Finding a "Kneedle" in a Haystack, 2011): the point that lies
 * farthest from the straight line between the ends, once the distance falls again by `sensitivity` mean steps.
 * @returns the x of the knee; null when the curve has none, as a straight line has not
 */
export function knee(points: readonly CurvePoint[], shape: CurveShape, sensitivity = 1): number | null {
  if (points.length < 3) return null;
  const x = normalised(points.map((point) => point.x));
  const y = normalised(points.map((point) => point.y));
  if (x === null || y === null) return null;
  // Seen from the other end, a convex curve is a concave one.
  const order = [...points.keys()];
  if (shape === "convex-increasing") order.reverse();
  const distance = order.map((at) => {
    const [along, up] = [x[at] ?? 0, y[at] ?? 0];
    return shape === "convex-increasing" ? along - up : up - along;
  });
  const found = farthest(distance, sensitivity / (points.length - 1));
  return found === null ? null : (points[order[found] ?? 0]?.x ?? null);
}

/** The highest of the local maxima that are followed by a fall of at least `drop` before another rise. */
function farthest(distance: readonly number[], drop: number): number | null {
  let knee: number | null = null;
  for (let at = 1; at < distance.length - 1; at++) {
    const here = distance[at] ?? 0;
    if (here < (distance[at - 1] ?? 0) || here < (distance[at + 1] ?? 0) || here <= 0) continue;
    if (!fallsBelow(distance, at, here - drop)) continue;
    if (knee === null || here > (distance[knee] ?? 0)) knee = at;
  }
  return knee;
}

function fallsBelow(distance: readonly number[], from: number, threshold: number): boolean {
  for (let at = from + 1; at < distance.length; at++) {
    const here = distance[at] ?? 0;
    if (here < threshold) return true;
    if (here > (distance[from] ?? 0)) return false;
  }
  return false;
}

/** To 0…1; null when all are the same. */
function normalised(values: readonly number[]): number[] | null {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  return span > 0 ? values.map((value) => (value - low) / span) : null;
}
