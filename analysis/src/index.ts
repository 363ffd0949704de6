export { type CurvePoint, type CurveShape, knee } from "./capacity/kneedle.js";
export { type LoadStep, type ResourceUse, resourceUses, saturationSignals } from "./capacity/saturation.js";
export {
  fitUsl,
  type Interval,
  type LoadPoint,
  type UslCoefficients,
  type UslFit,
  type UslIntervals,
  uslIntervals,
  uslThroughput,
} from "./capacity/usl.js";
export type { Detector, DetectorContext, Signal } from "./detector.js";
export { detectors } from "./detectors.js";
export { diagnose, signals } from "./diagnose.js";
export { type Category, categoryOf, fingerprint, operationName } from "./facts/category.js";
export type * from "./model.js";
export { mean, quantile, sortedQuantile, sum } from "./numbers.js";
export { seededRandom } from "./random.js";
export {
  type AlertTarget,
  type CallGraph,
  type IncidentInput,
  type NodeKind,
  type NodeSeries,
  nodeKinds,
  type RankedCause,
  type SeriesTable,
} from "./rca/model.js";
export { rankRootCauses } from "./rca/root-causes.js";
export { defaultRcaSettings, type RcaSettings } from "./rca/settings.js";
export type { CpuSample, RankedService, RcaTraceSettings, TraceIncident, TraceSpan } from "./rca-traces/model.js";
export { defaultRcaTraceSettings } from "./rca-traces/model.js";
export { rankServices } from "./rca-traces/rank.js";
export { quantileChange, shareChange } from "./statistics/block-bootstrap.js";
export { type Change, holm, pairedDifference, pairedRatio } from "./statistics/comparison.js";
export { formatMs, formatNumber, formatPercent, listNames, plural, shorten } from "./text.js";
export { criticalPath, type Segment } from "./trace/critical-path.js";
export { type OwnTime, replay } from "./trace/replay.js";
export type { SpanNode } from "./trace/span-node.js";
export { buildTree, type TraceTree } from "./trace/tree.js";
