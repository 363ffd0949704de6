import { indexed, type PathDefinition, type PathTable } from "./paths/access.js";
import { DATAPOINT_PATHS } from "./paths/datapoint.js";
import { DATAPOINT_ENUMS, type EnumTable, LOG_ENUMS, METRIC_ENUMS, SPAN_ENUMS } from "./paths/enums.js";
import { LOG_PATHS } from "./paths/log.js";
import { METRIC_PATHS } from "./paths/metric.js";
import { RESOURCE_PATHS, SCOPE_PATHS } from "./paths/resource-and-scope.js";
import { SPAN_EVENT_PATHS, SPAN_PATHS } from "./paths/span.js";
import { isMap, OttlError, toStored, typeName } from "./values.js";

export type ContextName = "resource" | "scope" | "span" | "spanevent" | "metric" | "datapoint" | "log";

/** What a context offers to statements. */
export interface ContextDefinition {
  readonly name: ContextName;
  /** Tables by the first segment of a path: the context's own and those it lies in. */
  readonly paths: Readonly<Record<string, PathTable>>;
  readonly enums: EnumTable;
}

const cache: PathDefinition = {
  type: "map",
  access: {
    get: (context) => context.cache,
    set: (context, value) => {
      if (!isMap(value)) throw new OttlError(`a map cannot be set to ${typeName(value)}`);
      const entries = [...value.entries()].map(([key, item]) => [key, toStored(item)] as const);
      context.cache.clear();
      for (const [key, item] of entries) context.cache.set(key, item);
    },
  },
  index: (keys) => indexed((context) => context.cache, keys),
};

const resource = { resource: RESOURCE_PATHS };
const inScope = { ...resource, scope: SCOPE_PATHS, instrumentation_scope: SCOPE_PATHS };

function define(
  name: ContextName,
  own: PathTable,
  outer: Readonly<Record<string, PathTable>>,
  enums: EnumTable,
): ContextDefinition {
  return { name, paths: { ...outer, [name]: { ...own, cache } }, enums };
}

export const CONTEXTS: Readonly<Record<ContextName, ContextDefinition>> = {
  resource: define("resource", RESOURCE_PATHS, {}, {}),
  scope: {
    name: "scope",
    paths: { ...resource, scope: { ...SCOPE_PATHS, cache }, instrumentation_scope: { ...SCOPE_PATHS, cache } },
    enums: {},
  },
  span: define("span", SPAN_PATHS, inScope, SPAN_ENUMS),
  spanevent: define("spanevent", SPAN_EVENT_PATHS, { ...inScope, span: SPAN_PATHS }, SPAN_ENUMS),
  metric: define("metric", METRIC_PATHS, inScope, METRIC_ENUMS),
  datapoint: define("datapoint", DATAPOINT_PATHS, { ...inScope, metric: METRIC_PATHS }, DATAPOINT_ENUMS),
  log: define("log", LOG_PATHS, inScope, LOG_ENUMS),
};
