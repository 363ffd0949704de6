export { xxhash64 } from "./aggregation/xxhash.js";
export { Engine, type EngineOptions } from "./engine.js";
export { type PositionRange, PromqlError, type PromqlErrorKind } from "./errors.js";
export type { SampleSeries, SeriesSource } from "./evaluator/source.js";
export {
  type ApiBucket,
  type ApiHistogram,
  formatHistogram,
  formatSampleValue,
  toApiHistogram,
} from "./histogram/buckets.js";
export type { CounterResetHint, FloatHistogram, Span } from "./histogram/float-histogram.js";
export type { Labels } from "./labels.js";
export { type Matcher, type MatchOp, newMatcher } from "./matcher.js";
export { MemorySource } from "./memory-source.js";
export { formatGeneral } from "./numbers.js";
export type { Expr } from "./parser/ast.js";
export { toText } from "./parser/format.js";
export type { ParserFeatures } from "./parser/options.js";
export { parse, parseSelector } from "./parser/parse.js";
export { format } from "./parser/pretty.js";
export {
  type ApiData,
  type ApiHistogramSample,
  type ApiMatrixSeries,
  type ApiSample,
  type ApiVectorElement,
  type MatrixSeries,
  type QueryResult,
  toApiData,
  toApiMatrixSeries,
  toApiVectorElement,
  type VectorSample,
} from "./result.js";
export { isStaleNaN, staleNaN } from "./stale.js";
