import type { BinaryOp } from "../parser/ast.js";

/** Operators that cut observations off a histogram; floats have nothing like it. */
export const HISTOGRAM_OPERATORS: ReadonlySet<BinaryOp> = new Set(["</", ">/"]);

export type Arithmetic = (left: number, right: number) => number;
export type Comparison = (left: number, right: number) => boolean;

const ARITHMETIC: Partial<Readonly<Record<BinaryOp, Arithmetic>>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "^": power,
  atan2: (left, right) => Math.atan2(left, right),
};

const COMPARISON: Partial<Readonly<Record<BinaryOp, Comparison>>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  ">": (left, right) => left > right,
  "<": (left, right) => left < right,
  ">=": (left, right) => left >= right,
  "<=": (left, right) => left <= right,
};

/** IEEE 754 pow, as Go has it: JavaScript makes NaN of 1^NaN and (±1)^Inf. */
function power(left: number, right: number): number {
  if (left === 1 || (left === -1 && (right === Infinity || right === -Infinity))) return 1;
  return left ** right;
}

export function comparisonOf(op: BinaryOp): Comparison | undefined {
  return COMPARISON[op];
}

export function arithmeticOf(op: BinaryOp): Arithmetic {
  const arithmetic = ARITHMETIC[op];
  if (arithmetic !== undefined) return arithmetic;
  throw new Error(`BUG: ${op} is no arithmetic on floats`);
}
