import { type PositionRange, PromqlError } from "../errors.js";
import { mapInSlices } from "../evaluator/budget.js";
import { type EvalContext, vectorOf } from "../evaluator/context.js";
import { ABSENT, newStepSeries, type StepSeries, sampleAt, setSample, type Value } from "../evaluator/series.js";
import { type LabelSet, METRIC_NAME, signatureOf } from "../labels.js";
import { type Matcher, newMatcher } from "../matcher.js";
import { type AtModifier, childrenOf, type Expr, typeOf, type VectorSelector } from "../parser/ast.js";

/** The labels that tie a series to the info series of its target. */
const IDENTIFYING = ["instance", "job"];

interface Reference {
  readonly offsetMs: number;
  readonly at?: AtModifier;
}

/**
 * The selector of the info series that `info(base, {…})` reads: target_info unless the second argument names others,
 * looked up where the base's selectors look (if they all look at one time).
 */
export function infoSelector(base: Expr, labels: Expr | undefined, position: PositionRange): VectorSelector {
  const given = labels?.kind === "vector-selector" ? labels.matchers : [];
  const names = given.filter((matcher) => matcher.name === METRIC_NAME);
  const others = given.filter((matcher) => matcher.name !== METRIC_NAME);
  return {
    kind: "vector-selector",
    name: "",
    matchers: [...effectiveNames(names), ...others],
    ...(commonReference(base) ?? { offsetMs: 0 }),
    start: position.start,
    end: position.end,
  };
}

/** A negative matcher alone would select anything: then the name must at least look like an info metric. */
function effectiveNames(names: readonly Matcher[]): readonly Matcher[] {
  if (names.some(({ op }) => op === "=" || op === "=~")) return names;
  if (names.length > 0) return [newMatcher(METRIC_NAME, "=~", ".+_info"), ...names];
  return [newMatcher(METRIC_NAME, "=", "target_info")];
}

/** Offset and @ that all selectors of an expression share; undefined when they differ, or some part has none. */
export function commonReference(expr: Expr): Reference | undefined {
  const references: Reference[] = [];
  if (!collectReferences(expr, [], references) || references.length === 0) return undefined;
  const [first] = references;
  return references.every((reference) => isSameTime(first!, reference)) ? first : undefined;
}

function isSameTime(a: Reference, b: Reference): boolean {
  if (a.at?.kind !== "time" || b.at?.kind !== "time") return a.at === b.at && a.offsetMs === b.offsetMs;
  return a.at.timeMs - a.offsetMs === b.at.timeMs - b.offsetMs;
}

/** False when a part of the expression selects nothing, so that its values have no time of their own. */
function collectReferences(expr: Expr, outer: readonly Reference[], found: Reference[]): boolean {
  if (expr.kind === "vector-selector") {
    let reference: Reference = expr;
    for (let i = outer.length - 1; i >= 0 && reference.at === undefined; i--) {
      const { at } = outer[i]!;
      reference = { offsetMs: reference.offsetMs + outer[i]!.offsetMs, ...(at === undefined ? {} : { at }) };
    }
    found.push({ offsetMs: reference.offsetMs, ...(reference.at === undefined ? {} : { at: reference.at }) });
    return true;
  }
  const path = expr.kind === "subquery" ? [...outer, expr] : outer;
  const isInfo = expr.kind === "call" && expr.func.name === "info";
  const children = (isInfo ? [expr.args[0]!] : childrenOf(expr)).filter(isSeries);
  if (children.length === 0) return false;
  return children.map((child) => collectReferences(child, path, found)).every(Boolean);
}

function isSeries(expr: Expr): boolean {
  const type = typeOf(expr);
  return type === "vector" || type === "matrix";
}

/** The base series with the labels of their info series; `info` holds the times of the info samples. */
export async function joinInfo(
  context: EvalContext,
  selector: VectorSelector,
  base: readonly StepSeries[],
  info: readonly StepSeries[],
): Promise<Value> {
  const join = new InfoJoin(context, selector, info);
  const results = await mapInSlices(context.budget, base, 20 * context.grid.steps, (one) => join.resultsFor(one));
  return vectorOf(context, results.flat());
}

class InfoJoin {
  readonly #steps: number;
  readonly #names: readonly Matcher[];
  readonly #data: readonly Matcher[];
  /** Info series by signature, then by metric name. */
  readonly #bySignature = new Map<string, Map<string, StepSeries[]>>();

  constructor(context: EvalContext, selector: VectorSelector, info: readonly StepSeries[]) {
    this.#steps = context.grid.steps;
    this.#names = selector.matchers.filter((matcher) => matcher.name === METRIC_NAME);
    this.#data = selector.matchers.filter((matcher) => matcher.name !== METRIC_NAME);
    for (const series of info) {
      const key = signatureOf(series.labels, IDENTIFYING);
      const byName = this.#bySignature.get(key) ?? new Map<string, StepSeries[]>();
      const name = series.labels.metricName;
      byName.set(name, [...(byName.get(name) ?? []), series]);
      this.#bySignature.set(key, byName);
    }
  }

  resultsFor(base: StepSeries): StepSeries[] {
    const { labels } = base;
    // An info metric gets no info labels of its own.
    if (this.#names.every((matcher) => matcher.matches(labels.metricName))) return [base];
    const isIdentified = IDENTIFYING.some((name) => labels.get(name) !== "");
    const candidates = isIdentified ? this.#bySignature.get(signatureOf(labels, IDENTIFYING)) : undefined;
    const results = new Map<string, StepSeries>();
    for (let step = 0; step < this.#steps; step++) {
      if (base.present[step] === ABSENT) continue;
      const enriched = this.#enrich(labels, candidates, step);
      if (enriched === undefined) continue;
      let result = results.get(enriched.key);
      if (result === undefined) {
        result = newStepSeries(enriched, this.#steps, base.dropName);
        results.set(enriched.key, result);
      }
      setSample(result, step, sampleAt(base, step));
    }
    return [...results.values()];
  }

  /** The base labels plus the info labels of this step; undefined when the wanted labels are not there. */
  #enrich(
    base: LabelSet,
    candidates: ReadonlyMap<string, readonly StepSeries[]> | undefined,
    step: number,
  ): LabelSet | undefined {
    const added = new Map<string, string>();
    let found = false;
    for (const series of candidates?.values() ?? []) {
      const latest = latestAt(series, step);
      if (latest === undefined) continue;
      found = true;
      this.#addLabels(base, latest.labels, added);
    }
    if (!found && this.#data.some((matcher) => !matcher.matches(""))) return undefined;
    let labels = base;
    for (const [name, value] of added) labels = labels.with(name, value);
    return labels;
  }

  #addLabels(base: LabelSet, info: LabelSet, added: Map<string, string>): void {
    for (let i = 0; i < info.flat.length; i += 2) {
      const [name, value] = [info.flat[i]!, info.flat[i + 1]!];
      if (name === METRIC_NAME) continue;
      if (this.#data.length > 0 && !this.#data.some((matcher) => matcher.name === name)) continue;
      const other = added.get(name);
      if (other !== undefined && other !== value) throw new PromqlError("execution", `conflicting label: ${name}`);
      if (base.get(name) === "") added.set(name, value);
    }
  }
}

/** Of several info series of one name, the one whose sample is the latest. */
function latestAt(series: readonly StepSeries[], step: number): StepSeries | undefined {
  let latest: StepSeries | undefined;
  for (const one of series) {
    if (one.present[step] === 0) continue;
    if (latest !== undefined && one.values[step] === latest.values[step]) {
      const timeMs = one.values[step]! * 1000;
      const text = `existing ${latest.labels.toString()} @ ${timeMs}, new ${one.labels.toString()} @ ${timeMs}`;
      throw new PromqlError("execution", `found duplicate series for info metric: ${text}`);
    }
    if (latest === undefined || one.values[step]! > latest.values[step]!) latest = one;
  }
  return latest;
}
