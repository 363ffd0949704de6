/** A load test that cannot be run or judged, for a reason outside this program. The message is one line, for a person. */
export class LoadTestError extends Error {
  override readonly name = "LoadTestError";
}

/** The innermost reason: `fetch failed` says nothing, its cause (`connect ECONNREFUSED …`) does. */
export function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (!(reason instanceof Error)) return String(reason);
  // An AggregateError (every address refused) has its reasons in a list, and often no message.
  const first = reason instanceof AggregateError ? reason.errors[0] : undefined;
  return reason.message || (first instanceof Error ? first.message : reason.name);
}
