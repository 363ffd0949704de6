const MAX_STEPS = 200;
/** Relative change of the sum of squares below which nothing is to be gained. */
const TOLERANCE = 1e-14;

export interface LeastSquares {
  readonly parameters: readonly number[];
  /** Sum of squared residuals. */
  readonly squares: number;
}

/**
 * Levenberg–Marquardt with Marquardt's scaling (D. Marquardt, 1963), for a handful of parameters.
 * @param residual observed minus model, of observation `at`
 * @param gradient derivatives of the model by each parameter, at observation `at`
 */
export function leastSquares(
  start: readonly number[],
  observations: number,
  residual: (at: number, parameters: readonly number[]) => number,
  gradient: (at: number, parameters: readonly number[]) => readonly number[],
): LeastSquares {
  const squaresOf = (parameters: readonly number[]): number => {
    let total = 0;
    for (let at = 0; at < observations; at++) total += residual(at, parameters) ** 2;
    return total;
  };
  let parameters = start;
  let squares = squaresOf(parameters);
  let damping = 1e-3;
  for (let step = 0; step < MAX_STEPS && damping < 1e12; step++) {
    const { normal, right } = normalEquations(parameters, observations, residual, gradient);
    const damped = normal.map((row, index) =>
      row.map((value, column) => (index === column ? value * (1 + damping) : value)),
    );
    const delta = solve(damped, right);
    const next = delta?.map((change, index) => (parameters[index] ?? 0) + change);
    const nextSquares = next === undefined ? Number.NaN : squaresOf(next);
    if (next === undefined || !(nextSquares <= squares)) {
      damping *= 10;
      continue;
    }
    const gain = squares - nextSquares;
    parameters = next;
    squares = nextSquares;
    damping = Math.max(1e-12, damping / 10);
    if (gain <= TOLERANCE * squares) break;
  }
  return { parameters, squares };
}

interface NormalEquations {
  readonly normal: readonly (readonly number[])[];
  readonly right: readonly number[];
}

function normalEquations(
  parameters: readonly number[],
  observations: number,
  residual: (at: number, parameters: readonly number[]) => number,
  gradient: (at: number, parameters: readonly number[]) => readonly number[],
): NormalEquations {
  const size = parameters.length;
  const normal = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  for (let at = 0; at < observations; at++) {
    const slopes = gradient(at, parameters);
    const error = residual(at, parameters);
    for (const [row, slope] of slopes.entries()) {
      right[row] = (right[row] ?? 0) + slope * error;
      const target = normal[row] as number[];
      for (const [column, other] of slopes.entries()) target[column] = (target[column] ?? 0) + slope * other;
    }
  }
  return { normal, right };
}

/** Gaussian elimination with partial pivoting; undefined when the equations say nothing definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const size = right.length;
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = row;
    }
    const top = rows[pivot] as number[];
    rows[pivot] = rows[column] as number[];
    rows[column] = top;
    const divisor = top[column] ?? 0;
    if (!Number.isFinite(divisor) || divisor === 0) return undefined;
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const target = rows[row] as number[];
      const factor = (target[column] ?? 0) / divisor;
      for (let at = column; at <= size; at++) target[at] = (target[at] ?? 0) - factor * (top[at] ?? 0);
    }
  }
  return rows.map((row, index) => (row[size] ?? 0) / (row[index] ?? 1));
}
