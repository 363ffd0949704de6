/** Parts of the language that Prometheus hides behind feature flags; all off by default. */
export interface ParserFeatures {
  /** Functions and aggregations marked experimental (`promql-experimental-functions`). */
  readonly experimentalFunctions?: boolean;
  /** Arithmetic in ranges and offsets (`promql-duration-expr`). */
  readonly durationExpressions?: boolean;
  /** `anchored` and `smoothed` (`promql-extended-range-selectors`). */
  readonly extendedRangeSelectors?: boolean;
  /** `fill()`, `fill_left()`, `fill_right()` (`promql-binop-fill-modifiers`). */
  readonly fillModifiers?: boolean;
}
