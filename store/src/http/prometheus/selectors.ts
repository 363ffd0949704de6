import { type Matcher, PromqlError, parseSelector } from "@venturi/promql";
import { ApiError } from "./api-error.js";

/** A `match[]` parameter that is no usable selector. */
export class SelectorError extends ApiError {}

const noEmptyMatcher = "match[] must contain at least one non-empty matcher";

/** The selectors of all `match[]` parameters. @throws {SelectorError} */
export function selectorsOf(parameters: URLSearchParams): (readonly Matcher[])[] {
  return parameters.getAll("match[]").map(selector);
}

function selector(text: string): readonly Matcher[] {
  const matchers = parsedSelector(text);
  if (matchers.every((matcher) => matcher.matches(""))) throw new SelectorError("bad_data", noEmptyMatcher);
  return matchers;
}

/** A metric selector. @throws {SelectorError} */
export function parsedSelector(text: string): readonly Matcher[] {
  try {
    return parseSelector(text);
  } catch (cause) {
    if (!(cause instanceof PromqlError)) throw cause;
    const isEmpty = cause.message.includes("must contain at least one non-empty matcher");
    throw new SelectorError("bad_data", isEmpty ? noEmptyMatcher : cause.message, { cause });
  }
}
