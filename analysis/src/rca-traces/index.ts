export type { CpuSample, RankedService, RcaTraceSettings, TraceIncident, TraceSpan } from "./model.js";
export { defaultSettings } from "./model.js";
export { rankServices } from "./rank.js";
