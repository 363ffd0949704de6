import { type PositionRange, parseError } from "../errors.js";
import { METRIC_NAME } from "../labels.js";
import {
  type AggregateExpr,
  type BinaryExpr,
  type Call,
  type Expr,
  positionOf,
  typeOf,
  type VectorSelector,
} from "./ast.js";
import { DOCUMENTED_TYPE, type ValueType } from "./functions.js";
import { COMPARISONS, SET_OPERATORS } from "./token.js";

/** Checks types and argument counts; throws PromqlError with upstream's message for the first mistake. */
export function checkTypes(query: string, expr: Expr): void {
  new TypeCheck(query).check(expr);
}

class TypeCheck {
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case "aggregate":
        this.#checkAggregate(expr);
        break;
      case "binary":
        this.#checkBinary(expr);
        break;
      case "call":
        this.#checkCall(expr);
        break;
      case "unary": {
        const type = this.check(expr.expr);
        if (type !== "scalar" && type !== "vector") {
          const allowed = "unary expression only allowed on expressions of type scalar or instant vector";
          this.#fail(positionOf(expr), `${allowed}, got ${JSON.stringify(DOCUMENTED_TYPE[type])}`);
        }
        break;
      }
      case "subquery": {
        const type = this.check(expr.expr);
        if (type !== "vector") this.#fail(expr, `subquery is only allowed on instant vector, got ${type} instead`);
        break;
      }
      case "matrix-selector":
        this.#checkSelector(expr.selector, false);
        break;
      case "vector-selector":
        this.#checkSelector(expr, false);
        break;
      case "paren":
      case "step-invariant":
        this.check(expr.expr);
        break;
    }
    return typeOf(expr);
  }

  #fail(position: PositionRange, message: string): never {
    throw parseError(this.#query, { start: position.start, end: position.end }, message);
  }

  #expectType(expr: Expr, wanted: ValueType, context: string): void {
    const type = this.check(expr);
    if (type === wanted) return;
    const types = `expected type ${DOCUMENTED_TYPE[wanted]} in ${context}, got ${DOCUMENTED_TYPE[type]}`;
    this.#fail(positionOf(expr), types);
  }

  #checkAggregate(expr: AggregateExpr): void {
    this.#expectType(expr.expr, "vector", "aggregation expression");
    if (expr.param === undefined) return;
    this.#expectType(expr.param, expr.op === "count_values" ? "string" : "scalar", "aggregation parameter");
  }

  #checkBinary(expr: BinaryExpr): void {
    const { op, lhs, rhs, matching } = expr;
    const left = this.check(lhs);
    const right = this.check(rhs);
    const isComparison = COMPARISONS.has(op);
    if (expr.returnBool && !isComparison) {
      this.#fail(this.#operatorRange(expr), "bool modifier can only be used on comparison operators");
    }
    if (isComparison && !expr.returnBool && left === "scalar" && right === "scalar") {
      this.#fail(this.#operatorRange(expr), "comparisons between scalars must use BOOL modifier");
    }
    const twice = matching?.on === true ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
    if (twice !== undefined) {
      const clauses = "must not occur in ON and GROUP clause at once";
      this.#fail(this.#operatorRange(expr), `label ${JSON.stringify(twice)} ${clauses}`);
    }
    for (const [type, side] of [[left, lhs] as const, [right, rhs] as const]) {
      if (type === "scalar" || type === "vector") continue;
      this.#fail(positionOf(side), "binary expression must contain only scalar and instant vector types");
    }
    if (left === "vector" && right === "vector") this.#checkSetOperation(expr);
    else this.#checkNoMatching(expr);
  }

  #checkNoMatching(expr: BinaryExpr): void {
    const { matching, op } = expr;
    if (matching !== undefined && matching.labels.length > 0) {
      this.#fail(positionOf(expr), "vector matching only allowed between instant vectors");
    }
    if (matching?.fillLeft !== undefined || matching?.fillRight !== undefined) {
      this.#fail(positionOf(expr), "filling in missing series only allowed between instant vectors");
    }
    if (SET_OPERATORS.has(op)) {
      this.#fail(positionOf(expr), `set operator ${JSON.stringify(op)} not allowed in binary scalar expression`);
    }
  }

  #checkSetOperation(expr: BinaryExpr): void {
    const { matching, op } = expr;
    if (!SET_OPERATORS.has(op) || matching === undefined) return;
    if (matching.card !== "many-to-many") {
      this.#fail(positionOf(expr), `no grouping allowed for ${JSON.stringify(op)} operation`);
    }
    if (matching.fillLeft !== undefined || matching.fillRight !== undefined) {
      this.#fail(positionOf(expr), "filling in missing series not allowed for set operators");
    }
  }

  #operatorRange(expr: BinaryExpr): PositionRange {
    let { end: start } = positionOf(expr.lhs);
    while (/\s/.test(this.#query[start] ?? "")) start++;
    return { start, end: positionOf(expr.rhs).start };
  }

  #checkCall(expr: Call): void {
    const { func, args } = expr;
    this.#checkArgumentCount(expr);
    if (func.name === "info" && args.length > 1) this.#checkInfoSelector(expr, args[1]!);
    for (const [i, argument] of args.entries()) {
      const wanted = func.args[Math.min(i, func.args.length - 1)];
      if (wanted === undefined) break;
      if (func.name === "info" && i === 1) continue;
      this.#expectType(argument, wanted, `call to function ${JSON.stringify(func.name)}`);
    }
  }

  #checkArgumentCount(expr: Call): void {
    const { func, args } = expr;
    const where = `in call to ${JSON.stringify(func.name)}, got ${args.length}`;
    const declared = func.args.length;
    if (func.variadic === 0) {
      if (args.length !== declared) this.#fail(expr, `expected ${declared} argument(s) ${where}`);
      return;
    }
    const least = declared - 1;
    const most = least + func.variadic;
    if (args.length < least) this.#fail(expr, `expected at least ${least} argument(s) ${where}`);
    if (func.variadic > 0 && args.length > most) this.#fail(expr, `expected at most ${most} argument(s) ${where}`);
  }

  #checkInfoSelector(expr: Call, selector: Expr): void {
    const type = typeOf(selector);
    if (type !== "vector") {
      const wanted = `expected type instant vector in call to function "info", got ${DOCUMENTED_TYPE[type]}`;
      this.#fail(expr, wanted);
    }
    if (selector.kind !== "vector-selector") this.#fail(positionOf(selector), "expected label selectors only");
    if (selector.name !== "") {
      this.#fail(selector, "expected label selectors only, got vector selector instead");
    }
    this.#checkSelector(selector, true);
  }

  #checkSelector(selector: VectorSelector, mayMatchAll: boolean): void {
    const { name, matchers } = selector;
    if (name !== "") {
      const twice = matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME);
      if (twice === undefined) return;
      const names = `${JSON.stringify(name)} or ${JSON.stringify(twice.value)}`;
      this.#fail(selector, `metric name must not be set twice: ${names}`);
    }
    if (mayMatchAll || matchers.some((matcher) => !matcher.matches(""))) return;
    this.#fail(selector, "vector selector must contain at least one non-empty matcher");
  }
}
