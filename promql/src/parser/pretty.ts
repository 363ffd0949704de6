import type { Expr } from "./ast.js";
import { aggregateHead, operatorText, subquerySuffix, toText } from "./format.js";

const MAX_LINE_LENGTH = 100;

/**
 * A query laid out for people, as `promtool promql format` does: what fits stays on one line, the rest is broken and
 * indented by two spaces.
 * @example format(parse("sum(rate(x[5m]))by(job)"))
 */
export function format(expr: Expr): string {
  return layout(expr, 0);
}

function layout(expr: Expr, level: number): string {
  const indent = "  ".repeat(level);
  const line = toText(expr);
  if (Buffer.byteLength(line) <= MAX_LINE_LENGTH) return expr.kind === "subquery" ? line : indent + line;
  switch (expr.kind) {
    case "aggregate": {
      const param = expr.param === undefined ? "" : `${layout(expr.param, level + 1)},\n`;
      return `${indent}${aggregateHead(expr)}(\n${param}${layout(expr.expr, level + 1)}\n${indent})`;
    }
    case "binary": {
      const operator = operatorText(expr);
      return `${layout(expr.lhs, level + 1)}\n${indent}${operator}\n${layout(expr.rhs, level + 1)}`;
    }
    case "call": {
      const args = expr.args.map((argument) => layout(argument, level + 1)).join(",\n");
      return `${indent}${expr.func.name}(\n${args}\n${indent})`;
    }
    case "paren":
      return `${indent}(\n${layout(expr.expr, level + 1)}\n${indent})`;
    case "subquery":
      return `${layout(expr.expr, level)}${subquerySuffix(expr)}`;
    case "unary":
      return `${indent}${expr.op}${layout(expr.expr, level).trim()}`;
    case "step-invariant":
      return layout(expr.expr, level);
    default:
      return indent + line;
  }
}
