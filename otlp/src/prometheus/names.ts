import { unitSuffixes } from "./units.js";

/** How OTLP names become Prometheus names: Prometheus' own words for it. */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

/** What a metric's name depends on besides its name and unit. */
export type NameKind = "counter" | "gauge" | "other";

/** Whether names keep characters that Prometheus allows only since version 3. */
export function allowsUtf8(strategy: TranslationStrategy): boolean {
  return strategy === "NoUTF8EscapingWithSuffixes" || strategy === "NoTranslation";
}

/**
 * The Prometheus name of an OTLP metric by Prometheus' rules: with UnderscoreEscapingWithSuffixes
 * `http.server.request.duration` in `s` is `http_server_request_duration_seconds`. Empty when nothing of it is left.
 */
export function metricName(
  name: string,
  unit: string,
  kind: NameKind,
  strategy: TranslationStrategy,
  namespace = "",
): string {
  if (strategy === "NoTranslation") return namespace === "" ? name : `${namespace}_${name}`;
  if (strategy === "NoUTF8EscapingWithSuffixes") {
    return name === "" ? "" : utf8WithSuffixes(namespace === "" ? name : `${namespace}_${name}`, unit, kind);
  }
  const isPlain = strategy === "UnderscoreEscapingWithoutSuffixes";
  const prefix = namespace.replace(/[^a-zA-Z0-9_:]+/gu, "_");
  const built = isPlain ? withoutSuffixes(name, prefix) : withSuffixes(name, unit, kind, prefix);
  return built !== name && /^_*$/.test(built) ? "" : built;
}

function withSuffixes(name: string, unit: string, kind: NameKind, namespace: string): string {
  let tokens = name.split(/[^a-zA-Z0-9:]+/u).filter((token) => token !== "");
  const { main, per } = unitSuffixes(unit);
  const perSuffix = per === "per_" ? "" : per.replace(/_$/, "");
  const addPer = perSuffix !== "" && !tokens.includes(perSuffix);
  const addMain = main !== "" && !tokens.includes(main);
  if (addMain) tokens.push(addPer ? main.replace(/_$/, "") : main);
  if (addPer) tokens.push(perSuffix);
  if (kind === "counter") tokens = moveToEnd(tokens, "total");
  if (kind === "gauge" && unit === "1") tokens = moveToEnd(tokens, "ratio");
  if (namespace !== "") tokens.unshift(namespace);
  return notDigitFirst(tokens.join("_"));
}

function withoutSuffixes(name: string, namespace: string): string {
  const tokens = name.split(/[^a-zA-Z0-9:_]+/u).filter((token) => token !== "");
  return namespace === "" ? notDigitFirst(tokens.join("_")) : `${namespace}_${tokens.join("_")}`;
}

/** Suffixes that the name has at its end already are not added again. */
function utf8WithSuffixes(name: string, unit: string, kind: NameKind): string {
  const { main, per } = unitSuffixes(unit, true);
  const isRatio = unit === "1" && kind === "gauge";
  let built = name;
  if (isRatio) built = withoutEnd(built, "ratio");
  if (kind === "counter") built = withoutEnd(built, "total");
  if (per !== "") built = withoutEnd(built, per);
  if (main !== "" && !built.endsWith(main)) built += `_${main}`;
  if (per !== "") built += `_${per}`;
  if (kind === "counter") built += "_total";
  return isRatio ? `${built}_ratio` : built;
}

/** Takes off a suffix and the character before it, unless nothing would be left. */
function withoutEnd(name: string, suffix: string): string {
  return name.endsWith(suffix) && name.length > suffix.length + 1 ? name.slice(0, -suffix.length - 1) : name;
}

function moveToEnd(tokens: readonly string[], suffix: string): string[] {
  return [...tokens.filter((token) => token !== suffix), suffix];
}

function notDigitFirst(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

export interface LabelNaming {
  /** Names stay as they are. */
  readonly utf8: boolean;
  /** Runs of underscores stay; else they become one. */
  readonly keepsUnderscores: boolean;
  /** A single underscore in front gets `key` before it. */
  readonly prefixesUnderscore: boolean;
}

/** Names of labels by Prometheus' rules; attribute keys recur, so each is looked at once. */
export class LabelNamer {
  private readonly names = new Map<string, string>();
  private readonly naming: LabelNaming;

  constructor(naming: LabelNaming) {
    this.naming = naming;
  }

  /**
   * The Prometheus name of an attribute: characters other than letters, digits and underscores become underscores; a
   * leading digit gets `key_`. Empty when no letter or digit is left.
   */
  name(attribute: string): string {
    const known = this.names.get(attribute);
    if (known !== undefined) return known;
    if (this.names.size >= NAMES_MAX) this.names.clear();
    const name = this.build(attribute);
    this.names.set(attribute, name);
    return name;
  }

  private build(attribute: string): string {
    const { naming } = this;
    if (naming.utf8) return /^_*$/.test(attribute) ? "" : attribute;
    let name = naming.keepsUnderscores ? attribute.replace(/[^a-zA-Z0-9_]/gu, "_") : collapse(attribute);
    if (/^[0-9]/.test(name)) name = `key_${name}`;
    else if (naming.prefixesUnderscore && /^_(?!_)/.test(name)) name = `key${name}`;
    return /^_*$/.test(name) ? "" : name;
  }
}

/** The bound is against a sender that makes keys up. */
const NAMES_MAX = 4096;

/** Two underscores around a name mark it as reserved and stay. */
function collapse(attribute: string): string {
  const isReserved = attribute.length >= 4 && attribute.startsWith("__") && attribute.endsWith("__");
  const inner = isReserved ? attribute.slice(2, -2) : attribute;
  const name = inner.replace(/[^a-zA-Z0-9]+/gu, "_");
  return isReserved ? `__${name}__` : name;
}
