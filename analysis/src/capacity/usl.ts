import { quantile } from "../numbers.js";
import { seededRandom } from "../random.js";
import { leastSquares } from "./least-squares.js";

/** Throughput at a number of concurrent users, workers or requests. */
export interface LoadPoint {
  readonly concurrency: number;
  /** Requests per second. */
  readonly throughput: number;
}

/** The coefficients of the Universal Scalability Law. */
export interface UslCoefficients {
  /** Throughput of one without any other, requests per second. */
  readonly gamma: number;
  /** Contention: the share of the work that waits for something only one can have. */
  readonly alpha: number;
  /** Crosstalk: what each pair costs (cache lines, locks handed on, consensus). */
  readonly beta: number;
}

/** From the 2.5th to the 97.5th percentile of the resamples. */
export type Interval = readonly [low: number, high: number];

export interface UslFit extends UslCoefficients {
  /** Residual standard error, requests per second. */
  readonly residualError: number;
  /** Concurrency of the highest throughput; Infinity without crosstalk. */
  readonly peakConcurrency: number;
  /** The highest throughput, requests per second; without crosstalk the limit that is approached, or Infinity. */
  readonly peakThroughput: number;
  /** The ceiling that contention alone sets, γ/α; Infinity without contention. */
  readonly limit: number;
  /** Where ideal scaling meets that ceiling, 1/α: from here on more users mostly wait. */
  readonly optimalConcurrency: number;
}

export interface UslIntervals {
  readonly gamma: Interval;
  readonly alpha: Interval;
  readonly beta: Interval;
  readonly peakThroughput: Interval;
}

/** `X(N) = γN / (1 + α(N − 1) + βN(N − 1))`. */
export function uslThroughput({ gamma, alpha, beta }: UslCoefficients, concurrency: number): number {
  return (gamma * concurrency) / (1 + alpha * (concurrency - 1) + beta * concurrency * (concurrency - 1));
}

/**
 * Fits the Universal Scalability Law by non-linear least squares with α, β ≥ 0 (N. Gunther, A General Theory of
 * Computational Scalability Based on Rational Functions, 2008; the fit as in the R package `usl`).
 * @returns null with fewer than four points of different concurrency: three coefficients fit three points whatever they are
 */
export function fitUsl(points: readonly LoadPoint[]): UslFit | null {
  const usable = points.filter(({ concurrency, throughput }) => concurrency > 0 && throughput > 0);
  if (new Set(usable.map((point) => point.concurrency)).size < 4) return null;
  const best = bestOnBounds(usable);
  return describe(best.coefficients, Math.sqrt(best.squares / Math.max(1, usable.length - 3)));
}

/** How sure a fit is: residuals, relative to the curve since throughput
 * scatters in proportion, are drawn with replacement, put on it and fitted again. Seeded. */
export function uslIntervals(points: readonly LoadPoint[], fit: UslFit, resamples = 400, seed = 1): UslIntervals {
  const random = seededRandom(seed);
  // Three coefficients make residuals smaller than the errors they stand for.
  const inflation = Math.sqrt(points.length / Math.max(1, points.length - 3));
  const residuals = points.map((point) => (point.throughput / uslThroughput(fit, point.concurrency) - 1) * inflation);
  const fits: UslFit[] = [];
  for (let round = 0; round < resamples; round++) {
    const drawn = points.map(({ concurrency }) => {
      const residual = residuals[Math.floor(random() * residuals.length)] ?? 0;
      return { concurrency, throughput: uslThroughput(fit, concurrency) * Math.max(1e-9, 1 + residual) };
    });
    const again = fitUsl(drawn);
    if (again !== null) fits.push(again);
  }
  const interval = (of: (fit: UslFit) => number): Interval => {
    const values = fits.map(of);
    return [quantile(values, 0.025), quantile(values, 0.975)];
  };
  return {
    gamma: interval((each) => each.gamma),
    alpha: interval((each) => each.alpha),
    beta: interval((each) => each.beta),
    peakThroughput: interval((each) => each.peakThroughput),
  };
}

interface Candidate {
  readonly coefficients: UslCoefficients;
  readonly squares: number;
}

/** The best fit lies inside of the bounds or on one of them: each case is an unbounded fit of fewer coefficients. */
function bestOnBounds(points: readonly LoadPoint[]): Candidate {
  const candidates = [
    fitFree(points, true, true),
    fitFree(points, true, false),
    fitFree(points, false, true),
    fitFree(points, false, false),
  ].filter(({ coefficients }) => coefficients.alpha >= 0 && coefficients.beta >= 0);
  return candidates.reduce((best, next) => (next.squares < best.squares ? next : best));
}

function fitFree(points: readonly LoadPoint[], hasAlpha: boolean, hasBeta: boolean): Candidate {
  const unpack = (parameters: readonly number[]): UslCoefficients => ({
    gamma: parameters[0] ?? 0,
    alpha: hasAlpha ? (parameters[1] ?? 0) : 0,
    beta: hasBeta ? (parameters[hasAlpha ? 2 : 1] ?? 0) : 0,
  });
  const start = linearStart(points, hasAlpha, hasBeta);
  const { parameters, squares } = leastSquares(
    start,
    points.length,
    (at, candidate) => {
      const { concurrency, throughput } = points[at] as LoadPoint;
      return throughput - uslThroughput(unpack(candidate), concurrency);
    },
    (at, candidate) => gradient(unpack(candidate), (points[at] as LoadPoint).concurrency, hasAlpha, hasBeta),
  );
  return { coefficients: unpack(parameters), squares };
}

function gradient(coefficients: UslCoefficients, n: number, hasAlpha: boolean, hasBeta: boolean): number[] {
  const { gamma, alpha, beta } = coefficients;
  const denominator = 1 + alpha * (n - 1) + beta * n * (n - 1);
  const slope = -(gamma * n) / denominator ** 2;
  const row = [n / denominator];
  if (hasAlpha) row.push(slope * (n - 1));
  if (hasBeta) row.push(slope * n * (n - 1));
  return row;
}

/**
 * `N/X = (1 + α(N − 1) + βN(N − 1)) / γ` is linear in 1/γ, α/γ and β/γ: solved as such, with the weights that make its
 * errors those of X, it is close enough to begin with.
 */
function linearStart(points: readonly LoadPoint[], hasAlpha: boolean, hasBeta: boolean): number[] {
  const row = ({ concurrency: n, throughput }: LoadPoint): number[] => {
    const weight = throughput ** 2 / n;
    const terms = [weight];
    if (hasAlpha) terms.push(weight * (n - 1));
    if (hasBeta) terms.push(weight * n * (n - 1));
    return terms;
  };
  const { parameters } = leastSquares(
    new Array<number>(1 + Number(hasAlpha) + Number(hasBeta)).fill(0),
    points.length,
    (at, candidate) => {
      const point = points[at] as LoadPoint;
      return point.throughput - row(point).reduce((sum, term, index) => sum + term * (candidate[index] ?? 0), 0);
    },
    (at) => row(points[at] as LoadPoint),
  );
  const [inverse = 0, ...rest] = parameters;
  const gamma = inverse > 0 ? 1 / inverse : Math.max(...points.map((point) => point.throughput / point.concurrency));
  return [gamma, ...rest.map((value) => Math.max(0, value * gamma))];
}

function describe({ gamma, alpha, beta }: UslCoefficients, residualError: number): UslFit {
  const limit = alpha > 0 ? gamma / alpha : Number.POSITIVE_INFINITY;
  const peakConcurrency = beta > 0 && alpha < 1 ? Math.sqrt((1 - alpha) / beta) : Number.POSITIVE_INFINITY;
  const peakThroughput =
    peakConcurrency === Number.POSITIVE_INFINITY ? limit : uslThroughput({ gamma, alpha, beta }, peakConcurrency);
  return { gamma, alpha, beta, residualError, peakConcurrency, peakThroughput, limit, optimalConcurrency: 1 / alpha };
}
