import type { SyntaxNode } from "@lezer/common";
import { parseDurationMs } from "../duration.js";
import { parseNumber } from "../numbers.js";
import { unquote } from "../quote.js";
import type { NumberLiteral, StringLiteral } from "./ast.js";
import { type BuildContext, rangeOf } from "./context.js";

/** A number or duration, with the sign the grammar reads as a part of it. */
export interface SignedNumber {
  readonly sign: "" | "+" | "-";
  readonly literal: NumberLiteral;
}

export function buildNumber(context: BuildContext, node: SyntaxNode): NumberLiteral {
  const { sign, literal } = buildSignedNumber(context, node);
  return sign === "-" ? { ...literal, value: -literal.value, start: node.from } : { ...literal, start: node.from };
}

/** The literal without its sign; its range starts at the digits. */
export function buildSignedNumber(context: BuildContext, node: SyntaxNode): SignedNumber {
  const text = context.text(node);
  const [, sign = "", gap = "", digits = ""] = /^([+-]?)((?:\s|#[^\n]*\n?)*)([\s\S]*)$/.exec(text)!;
  const range = { start: node.from + sign.length + gap.length, end: node.to };
  const literal = numberFromText(context, digits, range);
  return { sign: sign as SignedNumber["sign"], literal };
}

function numberFromText(context: BuildContext, text: string, range: { start: number; end: number }): NumberLiteral {
  if (/^\d[\d.]*[a-z]/.test(text) && /[smhdwy]$/.test(text)) {
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
