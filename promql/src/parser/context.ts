import type { SyntaxNode } from "@lezer/common";
import { type PositionRange, parseError } from "../errors.js";
import type { ParserFeatures } from "./options.js";

/** What every builder function needs: the source, and which experimental syntax is allowed. */
export class BuildContext {
  readonly query: string;
  readonly features: ParserFeatures;

  constructor(query: string, features: ParserFeatures) {
    this.query = query;
    this.features = features;
  }

  text(node: SyntaxNode): string {
    return this.query.slice(node.from, node.to);
  }

  fail(position: PositionRange, message: string): never {
    throw parseError(this.query, { start: position.start, end: position.end }, message);
  }
}

export function rangeOf(node: SyntaxNode): PositionRange {
  return { start: node.from, end: node.to };
}
