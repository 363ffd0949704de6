import type { EvalContext } from "../evaluator/context.js";
import type { Sample } from "../evaluator/series.js";
import type { AddOutcome } from "../histogram/accumulator.js";
import { asGauge, combine, compact, divide, isSameHistogram, multiply } from "../histogram/arithmetic.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { trim } from "../histogram/trim.js";
import { type BinaryExpr, positionOf } from "../parser/ast.js";
import { arithmeticOf, comparisonOf, HISTOGRAM_OPERATORS } from "./operators.js";

/**
 * What an operator makes of two samples. `value` is undefined where there is no result at all; with comparisons,
 * `keeps` says whether they hold, and the value is the left side's.
 */
export interface ElementResult {
  readonly value: Sample | undefined;
  readonly keeps: boolean;
}

const NONE: ElementResult = { value: undefined, keeps: false };

/** The result of a comparison or an operation as a sample; undefined where there is none. */
export function sampleOf(expr: BinaryExpr, { value, keeps }: ElementResult): Sample | undefined {
  if (value === undefined) return undefined;
  if (expr.returnBool) return keeps ? 1 : 0;
  return keeps ? value : undefined;
}

/** Whether floats alone can be combined by a function of numbers. */
export function isFloatOperator({ op }: BinaryExpr): boolean {
  return !HISTOGRAM_OPERATORS.has(op);
}

/** Applies a binary operator to two samples of which at least one is a histogram, or to floats under `</` and `>/`. */
export function combineSamples(context: EvalContext, expr: BinaryExpr, left: Sample, right: Sample): ElementResult {
  if (typeof left === "number") {
    if (typeof right === "number") return combineFloats(context, expr, left, right);
    if (expr.op === "*") return { value: compact(multiply(right, left)), keeps: true };
    return incompatible(context, expr, left, right);
  }
  if (typeof right !== "number") return combineHistograms(context, expr, left, right);
  const value = scaled(expr, left, right);
  return value === undefined ? incompatible(context, expr, left, right) : { value, keeps: true };
}

function scaled({ op }: BinaryExpr, left: FloatHistogram, right: number): FloatHistogram | undefined {
  switch (op) {
    case "*":
      return compact(multiply(left, right));
    case "/":
      return compact(divide(left, right));
    case "</":
      return trim(left, right, true);
    case ">/":
      return trim(left, right, false);
    default:
      return undefined;
  }
}

function combineFloats(context: EvalContext, expr: BinaryExpr, left: number, right: number): ElementResult {
  if (!isFloatOperator(expr)) return incompatible(context, expr, left, right);
  const compare = comparisonOf(expr.op);
  if (compare !== undefined) return { value: left, keeps: compare(left, right) };
  return { value: arithmeticOf(expr.op)(left, right), keeps: true };
}

function incompatible(context: EvalContext, expr: BinaryExpr, left: Sample, right: Sample): ElementResult {
  const typeOf = (sample: Sample): string => (typeof sample === "number" ? "float" : "histogram");
  context.annotations.incompatibleTypes(typeOf(left), expr.op, typeOf(right), positionOf(expr));
  return NONE;
}

function combineHistograms(
  context: EvalContext,
  expr: BinaryExpr,
  left: FloatHistogram,
  right: FloatHistogram,
): ElementResult {
  switch (expr.op) {
    case "==":
      return { value: left, keeps: isSameHistogram(left, right) };
    case "!=":
      return { value: left, keeps: !isSameHistogram(left, right) };
    case "+":
    case "-": {
      const { value, outcome } = combine(left, right, expr.op === "+" ? 1 : -1);
      note(context, expr, outcome);
      // A collision of hints is reported; between two vectors upstream then has no result either.
      if (value === undefined || outcome.hasHintCollision) return NONE;
      return { value: compact(expr.op === "+" ? value : asGauge(value)), keeps: true };
    }
    default:
      return incompatible(context, expr, left, right);
  }
}

function note({ annotations }: EvalContext, expr: BinaryExpr, outcome: AddOutcome): void {
  const position = positionOf(expr);
  const operation = expr.op === "+" ? "addition" : "subtraction";
  if (outcome.isIncompatible) annotations.incompatibleLayout(expr.op, position);
  else if (outcome.hasHintCollision) annotations.resetCollision(operation, position);
  else if (outcome.hasReconciledBounds) annotations.reconciledBounds(operation, position);
}
