import { unitSuffixes } from "./units.js";

/** What a metric's name depends on besides its name and unit. */
export type NameKind = "counter" | "gauge" | "other";

/**
 * The Prometheus name of an OTLP metric, as Prometheus' own OTLP endpoint builds it with UnderscoreEscapingWithSuffixes:
 * `http.server.request.duration` in `s` is `http_server_request_duration_seconds`. Empty when nothing of it is left.
 */
export function metricName(name: string, unit: string, kind: NameKind, addSuffixes: boolean): string {
  const built = addSuffixes ? withSuffixes(name, unit, kind) : withoutSuffixes(name);
  return built !== name && /^_*$/.test(built) ? "" : built;
}

function withSuffixes(name: string, unit: string, kind: NameKind): string {
  let tokens = name.split(/[^a-zA-Z0-9:]+/u).filter((token) => token !== "");
  const { main, per } = unitSuffixes(unit);
  const perSuffix = per === "per_" ? "" : per.replace(/_$/, "");
  const addPer = perSuffix !== "" && !tokens.includes(perSuffix);
  const addMain = main !== "" && !tokens.includes(main);
  if (addMain) tokens.push(addPer ? main.replace(/_$/, "") : main);
  if (addPer) tokens.push(perSuffix);
  if (kind === "counter") tokens = moveToEnd(tokens, "total");
  if (kind === "gauge" && unit === "1") tokens = moveToEnd(tokens, "ratio");
  return notDigitFirst(tokens.join("_"));
}

function withoutSuffixes(name: string): string {
  const tokens = name.split(/[^a-zA-Z0-9:_]+/u).filter((token) => token !== "");
  return notDigitFirst(tokens.join("_"));
}

function moveToEnd(tokens: readonly string[], suffix: string): string[] {
  return [...tokens.filter((token) => token !== suffix), suffix];
}

function notDigitFirst(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

/**
 * The Prometheus name of an attribute: characters other than letters, digits and underscores become underscores; a
 * leading digit gets `key_`, a single leading underscore `key`, as Prometheus does by default. Empty when no letter or
 * digit is left.
 */
export function labelName(attribute: string): string {
  const known = labelNames.get(attribute);
  if (known !== undefined) return known;
  if (labelNames.size >= LABEL_NAMES_MAX) labelNames.clear();
  const name = buildLabelName(attribute);
  labelNames.set(attribute, name);
  return name;
}

/** Attribute keys recur; the bound is against a sender that makes them up. */
const LABEL_NAMES_MAX = 4096;
const labelNames = new Map<string, string>();

function buildLabelName(attribute: string): string {
  let name = attribute.replace(/[^a-zA-Z0-9_]/gu, "_");
  if (/^[0-9]/.test(name)) name = `key_${name}`;
  else if (name.startsWith("_") && !name.startsWith("__")) name = `key${name}`;
  return /^_*$/.test(name) ? "" : name;
}
