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
