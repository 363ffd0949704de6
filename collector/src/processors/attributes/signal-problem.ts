import type { Signal } from "@venturi/otlp";
import type { MatchConfig } from "./match-config.js";
import { SPAN_KINDS } from "./matcher.js";

type Property = Exclude<keyof MatchConfig, "match_type" | "regexp">;

/** What can be matched of a signal. Everything else is said to be wrong. */
const PROPERTIES: Readonly<Record<Signal, readonly Property[]>> = {
  traces: ["services", "span_names", "span_kinds", "attributes", "resources", "libraries"],
  logs: ["log_bodies", "log_severity_texts", "log_severity_number", "attributes", "resources", "libraries"],
  metrics: ["metric_names", "resources"],
};
const ALL: readonly Property[] = [...new Set(Object.values(PROPERTIES).flat())];

/** Why a match cannot be used for a signal; undefined: it can. */
export function signalProblem(config: MatchConfig, signal: Signal): string | undefined {
  const allowed = PROPERTIES[signal];
  const isGiven = (property: Property): boolean => {
    const value = config[property];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  };
  const wrong = ALL.filter((property) => isGiven(property) && !allowed.includes(property));
  if (wrong.length > 0) return `${wrong.join(", ")} cannot be matched in a pipeline of ${signal}`;
  if (!allowed.some(isGiven)) return `at least one of ${allowed.join(", ")} must be given in a pipeline of ${signal}`;
  if (signal !== "traces" || config.match_type === "regexp") return undefined;
  const kinds = SPAN_KINDS.slice(1);
  const unknown = config.span_kinds.find((kind) => !kinds.includes(kind));
  return unknown === undefined ? undefined : `span_kinds: "${unknown}" is none of ${kinds.join(", ")}`;
}
