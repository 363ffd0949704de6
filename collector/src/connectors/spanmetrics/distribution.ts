/** How the values of many series are distributed; series are numbered as in the `SeriesTable` beside it. */
export interface Distribution {
  /** By series. */
  readonly sums: Float64Array;
  /** Adds a value that is not negative `times` times. */
  record(index: number, value: number, times: number): void;
  /** Keeps these series, which are 0, 1, 2, … from now on. */
  retain(kept: readonly number[]): void;
}
