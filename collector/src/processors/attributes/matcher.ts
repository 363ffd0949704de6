import { type AttributesEdit, decimalText, type EditValue, type Signal } from "@venturi/otlp";
import type { TransformContext } from "../../ottl/context.js";
import { anyText } from "../../ottl/functions/conversions.js";
import { attributeValue, isSameValue } from "./attribute-value.js";
import type { MatchConfig } from "./match-config.js";
import { stringFilter } from "./string-filter.js";

/** Whether the item that is open in the context (span, log record, metric) is meant. */
export type Matcher = (context: TransformContext) => boolean;

const RESOURCE_ATTRIBUTES = 1;
const SPAN = { name: 5, kind: 6, attributes: 9 } as const;
const LOG = { severityNumber: 2, severityText: 3, body: 5, attributes: 6 } as const;
const METRIC_NAME = 1;
const SCOPE = { name: 1, version: 2 } as const;

/** In the order of their numbers. */
export const SPAN_KINDS: readonly string[] = [
  "UNSPECIFIED",
  "INTERNAL",
  "SERVER",
  "CLIENT",
  "PRODUCER",
  "CONSUMER",
].map((kind) => `SPAN_KIND_${kind}`);

/** Whether an item is to be processed: `include` matches, when there is one, and `exclude` does not. */
export function compileMatch(
  include: MatchConfig | undefined,
  exclude: MatchConfig | undefined,
  signal: Signal,
): Matcher {
  const included = include === undefined ? undefined : compileOne(include, signal);
  const excluded = exclude === undefined ? undefined : compileOne(exclude, signal);
  return (context) => (included?.(context) ?? true) && !(excluded?.(context) ?? false);
}

/** undefined: it says nothing about this signal. */
function compileOne(config: MatchConfig, signal: Signal): Matcher | undefined {
  if (signal === "metrics") {
    // Upstream takes `resources` for metrics and does not look at them.
    if (config.metric_names.length === 0) return undefined;
    const names = stringFilter(config.metric_names, config);
    return ({ metric }) => names(metric.getString(METRIC_NAME));
  }
  const all = [...(signal === "traces" ? spanMatchers(config) : logMatchers(config)), ...libraryMatchers(config)];
  const resources = attributesMatcher(config, config.resources);
  if (resources !== undefined) all.push(({ resource }) => resources(resource.attributes(RESOURCE_ATTRIBUTES)));
  const own = attributesMatcher(config, config.attributes);
  if (own !== undefined) {
    all.push(
      signal === "traces"
        ? ({ span }) => own(span.attributes(SPAN.attributes))
        : ({ log }) => own(log.attributes(LOG.attributes)),
    );
  }
  return (context) => all.every((matches) => matches(context));
}

function spanMatchers(config: MatchConfig): Matcher[] {
  const { services, span_names, span_kinds } = config;
  const matchers: Matcher[] = [];
  if (services.length > 0) {
    const matches = stringFilter(services, config);
    matchers.push(({ resource }) => {
      const service = resource.attributes(RESOURCE_ATTRIBUTES).get("service.name");
      return matches(service === undefined ? "<nil-service-name>" : anyText(service));
    });
  }
  if (span_names.length > 0) {
    const matches = stringFilter(span_names, config);
    matchers.push(({ span }) => matches(span.getString(SPAN.name)));
  }
  if (span_kinds.length > 0) {
    const matches = stringFilter(span_kinds, config);
    matchers.push(({ span }) => matches(SPAN_KINDS[span.getUint32(SPAN.kind)] ?? ""));
  }
  return matchers;
}

function logMatchers(config: MatchConfig): Matcher[] {
  const { log_bodies, log_severity_texts, log_severity_number: severity } = config;
  const matchers: Matcher[] = [];
  if (log_bodies.length > 0) {
    const matches = stringFilter(log_bodies, config);
    matchers.push(({ log }) => matches(anyText(log.getValue(LOG.body))));
  }
  if (log_severity_texts.length > 0) {
    const matches = stringFilter(log_severity_texts, config);
    matchers.push(({ log }) => matches(log.getString(LOG.severityText)));
  }
  if (severity !== undefined) {
    matchers.push(({ log }) => {
      const number = log.getUint32(LOG.severityNumber);
      return number === 0 ? severity.match_undefined : number >= severity.min;
    });
  }
  return matchers;
}

/** All must match, which two names never do: so it is upstream. */
function libraryMatchers(config: MatchConfig): Matcher[] {
  return config.libraries.map(({ name, version }) => {
    const names = stringFilter([name], config);
    const versions = version === undefined ? undefined : stringFilter([version], config);
    return ({ scope }) => names(scope.getString(SCOPE.name)) && (versions?.(scope.getString(SCOPE.version)) ?? true);
  });
}

type AttributesMatcher = (attributes: AttributesEdit) => boolean;

/** All keys must be there, with their values where those are given. */
function attributesMatcher(config: MatchConfig, wanted: MatchConfig["attributes"]): AttributesMatcher | undefined {
  if (wanted.length === 0) return undefined;
  const tests = wanted.map(({ key, value }) => ({ key, matches: valueMatcher(config, value) }));
  return (attributes) =>
    tests.every(({ key, matches }) => {
      const value = attributes.get(key);
      return value !== undefined && matches(value);
    });
}

function valueMatcher(config: MatchConfig, raw: unknown): (value: EditValue) => boolean {
  const wanted = attributeValue(raw ?? undefined);
  if (wanted === undefined) return () => true;
  if (config.match_type === "regexp") {
    const matches = stringFilter([String(wanted)], config);
    return (value) => {
      const text = scalarText(value);
      return text !== undefined && matches(text);
    };
  }
  // As numbers, so that zero is minus zero.
  if (typeof wanted === "number") return (value) => value === wanted;
  return (value) => isSameValue(wanted, value);
}

function scalarText(value: EditValue): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return Object.is(value, -0) ? "-0" : decimalText(value);
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return undefined;
  }
}
