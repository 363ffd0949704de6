/** A request that a starter script makes. */
export interface Route {
  /** Upper case. */
  readonly method: string;
  /** As the service names it: `/products/{id}`. */
  readonly template: string;
  /** A path that works, with its query: `/products/7`. */
  readonly path: string;
  /** What share of the requests it gets, in any unit. */
  readonly weight: number;
  /** A JSON body. */
  readonly body?: unknown;
}

/** Whether a request of this kind leaves the data as it is: a starter script makes no others unasked. */
export function isSafe({ method }: Pick<Route, "method">): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}
