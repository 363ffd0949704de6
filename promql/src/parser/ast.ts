import type { PositionRange } from "../errors.js";
import type { Matcher } from "../matcher.js";
import type { FunctionSignature, ValueType } from "./functions.js";

export type BinaryOp =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | "atan2"
  | "=="
  | "!="
  | "<="
  | "<"
  | ">="
  | ">"
  | "</"
  | ">/"
  | "and"
  | "or"
  | "unless";

export type AggregateOp =
  | "sum"
  | "avg"
  | "count"
  | "min"
  | "max"
  | "group"
  | "stddev"
  | "stdvar"
  | "topk"
  | "bottomk"
  | "count_values"
  | "quantile"
  | "limitk"
  | "limit_ratio";

export interface NumberLiteral extends PositionRange {
  readonly kind: "number";
  readonly value: number;
  /** Written as a duration (`5m`), value in seconds. */
  readonly isDuration: boolean;
}

export interface StringLiteral extends PositionRange {
  readonly kind: "string";
  readonly value: string;
}

/** An arithmetic expression over durations (experimental): values in seconds. */
export interface DurationExpression extends PositionRange {
  readonly kind: "duration";
  readonly op: "+" | "-" | "*" | "/" | "%" | "^" | "step" | "range" | "min_of" | "max_of";
  readonly lhs?: DurationOperand;
  readonly rhs?: DurationOperand;
  readonly wrapped: boolean;
}
export type DurationOperand = NumberLiteral | DurationExpression;

/** `@ 123.4`, `@ start()`, `@ end()`. */
export type AtModifier =
  | { readonly kind: "time"; readonly timeMs: number }
  | { readonly kind: "start" }
  | { readonly kind: "end" };

/** What `offset` and `@` add to a selector or subquery. */
export interface TimeModifiers {
  /** 0 when there is none, or when only evaluation can tell (`offsetExpression`). */
  readonly offsetMs: number;
  readonly offsetExpression?: DurationExpression;
  readonly at?: AtModifier;
}

export interface VectorSelector extends PositionRange, TimeModifiers {
  readonly kind: "vector-selector";
  /** The name in front of the braces; "" when there is none. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly extension?: "anchored" | "smoothed";
  /** Set by the evaluator where of histograms only count and sum matter. */
  readonly statsOnly?: boolean;
}

export interface MatrixSelector extends PositionRange {
  readonly kind: "matrix-selector";
  /** Carries offset, @, anchored and smoothed of the whole. */
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpression?: DurationExpression;
}

export interface SubqueryExpr extends PositionRange, TimeModifiers {
  readonly kind: "subquery";
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpression?: DurationExpression;
  /** 0: the engine's default interval. */
  readonly stepMs: number;
  readonly stepExpression?: DurationExpression;
}

export interface Call extends PositionRange {
  readonly kind: "call";
  readonly func: FunctionSignature;
  readonly args: readonly Expr[];
}

export interface AggregateExpr extends PositionRange {
  readonly kind: "aggregate";
  readonly op: AggregateOp;
  readonly expr: Expr;
  readonly param?: Expr;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export interface VectorMatching {
  readonly card: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels that group_left/group_right copy from the "one" side. */
  readonly include: readonly string[];
  readonly fillLeft?: number;
  readonly fillRight?: number;
}

export interface BinaryExpr {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly lhs: Expr;
  readonly rhs: Expr;
  readonly returnBool: boolean;
  /** Only between two vectors. */
  readonly matching?: VectorMatching;
}

export interface UnaryExpr {
  readonly kind: "unary";
  readonly op: "+" | "-";
  readonly start: number;
  readonly expr: Expr;
}

export interface ParenExpr extends PositionRange {
  readonly kind: "paren";
  readonly expr: Expr;
}

/** A part of a query whose value is the same at every step; the engine inserts it, parse() never returns it. */
export interface StepInvariantExpr {
  readonly kind: "step-invariant";
  readonly expr: Expr;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | SubqueryExpr
  | Call
  | AggregateExpr
  | BinaryExpr
  | UnaryExpr
  | ParenExpr
  | StepInvariantExpr;

export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "vector-selector":
    case "aggregate":
      return "vector";
    case "matrix-selector":
    case "subquery":
      return "matrix";
    case "call":
      return expr.func.returns;
    case "binary":
      return typeOf(expr.lhs) === "scalar" && typeOf(expr.rhs) === "scalar" ? "scalar" : "vector";
    case "unary":
    case "paren":
    case "step-invariant":
      return typeOf(expr.expr);
  }
}

export function positionOf(expr: Expr | DurationOperand): PositionRange {
  switch (expr.kind) {
    case "binary":
      return { start: positionOf(expr.lhs).start, end: positionOf(expr.rhs).end };
    case "unary":
      return { start: expr.start, end: positionOf(expr.expr).end };
    case "step-invariant":
      return positionOf(expr.expr);
    default:
      return { start: expr.start, end: expr.end };
  }
}

/** The selectors and literals an expression is made of. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "matrix-selector":
      return [expr.selector];
    case "subquery":
    case "unary":
    case "paren":
    case "step-invariant":
      return [expr.expr];
    case "call":
      return expr.args;
    case "aggregate":
      return expr.param === undefined ? [expr.expr] : [expr.expr, expr.param];
    case "binary":
      return [expr.lhs, expr.rhs];
    default:
      return [];
  }
}
