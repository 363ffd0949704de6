import { suggest } from "../../config/suggest.js";

/** What is wrong with a statement or condition, and where. */
export class SyntaxProblem extends Error {
  override readonly name = "SyntaxProblem";
  /** Offset of the character in the statement. */
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** The problem as one line that shows the statement: `column 5 of "set(span.nam, 1)": …`. */
export function describeProblem(source: string, problem: SyntaxProblem): string {
  return `column ${problem.at + 1} of ${JSON.stringify(source)}: ${problem.message}`;
}

/** `; did you mean "name"?`, or nothing when no candidate is near. */
export function hint(word: string, candidates: Iterable<string>): string {
  const near = suggest(word, candidates);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}
