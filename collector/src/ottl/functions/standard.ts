import type { ContextName } from "../contexts.js";
import { HASH_CONVERTERS } from "./converters-hash.js";
import { PARSE_CONVERTERS } from "./converters-parse.js";
import { TEXT_CONVERTERS } from "./converters-text.js";
import { TIME_CONVERTERS } from "./converters-time.js";
import { TYPE_CONVERTERS } from "./converters-types.js";
import { define, type FunctionDefinition, type FunctionTable, tableOf } from "./define.js";
import { EDITORS } from "./editors.js";
import { METRIC_CONDITIONS } from "./metric-conditions.js";
import { REPLACERS } from "./replace.js";

export const CONVERTERS: readonly FunctionDefinition[] = [
  ...TYPE_CONVERTERS,
  ...TEXT_CONVERTERS,
  ...HASH_CONVERTERS,
  ...TIME_CONVERTERS,
  ...PARSE_CONVERTERS,
];

const PARENT_SPAN_ID = 4;

/** Of the span contexts only. */
export const isRootSpan: FunctionDefinition = define("IsRootSpan", {}, () => (context) => {
  return context.span.getBytes(PARENT_SPAN_ID).every((byte) => byte === 0);
});

export const ALL_EDITORS: readonly FunctionDefinition[] = [...EDITORS, ...REPLACERS];

const converters = tableOf(CONVERTERS);
const spanConverters = tableOf(CONVERTERS, [isRootSpan]);
const metricConverters = tableOf(CONVERTERS, METRIC_CONDITIONS);

/** What conditions may call: there nothing is edited. */
export function conditionFunctions(context: ContextName): FunctionTable {
  if (context === "span") return spanConverters;
  return context === "metric" ? metricConverters : converters;
}

/** What statements may call, without what a processor adds. */
export function standardFunctions(context: ContextName): FunctionTable {
  return tableOf(ALL_EDITORS, CONVERTERS, context === "span" ? [isRootSpan] : []);
}
