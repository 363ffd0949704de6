import type { SyntaxNode } from "@lezer/common";
import { parseDurationMs } from "../duration.js";
import { parseNumber } from "../numbers.js";
import { unquote } from "../quote.js";
import type { NumberLiteral, StringLiteral } from "./ast.js";
import { type BuildContext, rangeOf } from "./context.js";

/** A number or duration without the sign that the grammar reads as a part of it. */
export function buildNumber(context: BuildContext, node: SyntaxNode): NumberLiteral {
  const text = context.text(node);
  const [, prefix = "", digits = ""] = /^([+-]?(?:\s|#[^\n]*\n?)*)([\s\S]*)$/.exec(text)!;
  return numberFromText(context, digits, { start: node.from + prefix.length, end: node.to });
}

export function signOf(context: BuildContext, node: SyntaxNode): "" | "+" | "-" {
  const [first] = context.text(node);
  return first === "+" || first === "-" ? first : "";
}

/** A number or duration with its sign. */
export function buildSignedNumber(context: BuildContext, node: SyntaxNode): NumberLiteral {
  const literal = buildNumber(context, node);
  return { ...literal, value: signOf(context, node) === "-" ? -literal.value : literal.value, start: node.from };
}

function numberFromText(context: BuildContext, text: string, range: { start: number; end: number }): NumberLiteral {
  if (/^\d[\d.]*[a-z]/.test(text) && /[smhdwy]$/.test(text) && !text.startsWith("0x")) {
    try {
      return { kind: "number", value: parseDurationMs(text) / 1000, isDuration: true, ...range };
    } catch (error) {
      context.fail(range, error instanceof Error ? error.message : String(error));
    }
  }
  const value = parseNumber(text);
  if (value !== undefined) return { kind: "number", value, isDuration: false, ...range };
  const reason = /^[\d.]+(e[+-]?\d+)?$/i.test(text) ? "value out of range" : "invalid syntax";
  context.fail(range, `error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(text)}: ${reason}`);
}

export function buildString(context: BuildContext, node: SyntaxNode): StringLiteral {
  return { kind: "string", value: unquote(context.text(node)), ...rangeOf(node) };
}
