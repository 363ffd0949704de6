export { type CompareOptions, compareSamples, type Side } from "./compare/compare-samples.js";
export type { ComparedMetric, Comparison, Metric } from "./compare/comparison.js";
export { type Build, type InterleaveOptions, interleave } from "./compare/interleave.js";
export { comparisonJunit, comparisonMarkdown, comparisonText } from "./compare/render.js";
export { reportSide } from "./compare/report-side.js";
export { type RevisionBuild, type RevisionOptions, revisionBuild } from "./compare/revision-build.js";
export { urlBuild } from "./compare/url-build.js";
export { type K8sOptions, k8sManifests } from "./export/k8s.js";
export { urlScript, type WriteScriptOptions, writeScript } from "./init/write-script.js";
export { wrapScript } from "./k6/script-wrapper.js";
export { type FindKneeOptions, findKnee } from "./knee/find-knee.js";
export type { KneeReport } from "./knee/knee-report.js";
export { kneeText } from "./knee/render.js";
export type {
  Exemplar,
  K6Run,
  LoadReport,
  TimelinePoint,
  WaterfallRow,
} from "./load-report.js";
export { schemaVersion } from "./load-report.js";
export { LoadTestError } from "./load-test-error.js";
export { reportPage } from "./report/page.js";
export { type RunLoadOptions, runLoad } from "./run-load.js";
export { terminalSummary } from "./terminal/summary.js";
export { type BeforeAfter, compareWindows } from "./watch/compare-windows.js";
export { type Backends, type Look, look } from "./watch/look.js";
