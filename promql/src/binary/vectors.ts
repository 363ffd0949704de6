import { PromqlError } from "../errors.js";
import { type EvalContext, vectorOf } from "../evaluator/context.js";
import {
  ABSENT,
  FLOAT,
  isEmpty,
  newStepSeries,
  type Sample,
  type StepSeries,
  sampleAt,
  setSample,
  type Value,
} from "../evaluator/series.js";
import type { LabelSet } from "../labels.js";
import type { BinaryExpr, VectorMatching } from "../parser/ast.js";
import { combineSamples, type ElementResult, isFloatOperator, sampleOf } from "./elements.js";
import { arithmeticOf, comparisonOf } from "./operators.js";
import { anyPresent, groupBySignature, type MatchGroup, matchLabels } from "./signatures.js";

/** vector op vector for arithmetic and comparisons. */
export async function vectorBinary(
  context: EvalContext,
  expr: BinaryExpr,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
): Promise<Value> {
  const match = new VectorMatch(context, expr, left, right);
  const { budget, grid } = context;
  const groups = await groupBySignature(budget, expr.matching!, left, right);
  for (const group of groups) match.requireUnique(group);
  for (const group of groups) {
    match.add(group);
    if (budget.spend(3 * grid.steps * (group.left.length + group.right.length))) await budget.pause();
  }
  return vectorOf(context, match.results());
}

/**
 * Matches "many" with "one": the left side is the many side, except under group_right. Which series meet is decided
 * once per pair; only groups where several series could collide are looked at step by step.
 */
class VectorMatch {
  readonly #context: EvalContext;
  readonly #expr: BinaryExpr;
  readonly #matching: VectorMatching;
  readonly #isSwapped: boolean;
  readonly #many: readonly StepSeries[];
  readonly #one: readonly StepSeries[];
  readonly #fillMany: number | undefined;
  readonly #fillOne: number | undefined;
  /** Per step: an empty side matches nothing, and then duplicates are no error either. */
  readonly #hasMany: Uint8Array;
  readonly #hasOne: Uint8Array;
  /** For floats; the operators that only histograms have go the long way. */
  readonly #compute: ((many: number, one: number) => number | undefined) | undefined;
  readonly #results: StepSeries[] = [];
  readonly #labelsOfPair = new Map<LabelSet, Map<LabelSet, LabelSet>>();

  constructor(context: EvalContext, expr: BinaryExpr, left: readonly StepSeries[], right: readonly StepSeries[]) {
    const matching = expr.matching!;
    const { steps } = context.grid;
    this.#context = context;
    this.#expr = expr;
    this.#matching = matching;
    this.#isSwapped = matching.card === "one-to-many";
    [this.#many, this.#one] = this.#isSwapped ? [right, left] : [left, right];
    const { fillLeft, fillRight } = matching;
    // Under group_right too, upstream fills a missing "many" from fill_left.
    [this.#fillMany, this.#fillOne] = [fillLeft, fillRight];
    this.#hasMany = anyPresent(this.#many, steps);
    this.#hasOne = anyPresent(this.#one, steps);
    this.#compute = isFloatOperator(expr) ? elementFunction(expr, this.#isSwapped) : undefined;
  }

  results(): StepSeries[] {
    return this.#results.filter((series) => !isEmpty(series));
  }

  /** Throws where two series of the "one" side share a signature at a step. */
  requireUnique(group: MatchGroup): void {
    const one = (this.#isSwapped ? group.left : group.right).map((i) => this.#one[i]!);
    if (one.length < 2) return;
    for (let step = 0; step < this.#context.grid.steps; step++) {
      if (this.#isSkipped(step)) continue;
      const present = one.filter((series) => series.present[step] !== ABSENT);
      if (present.length > 1) throw this.#duplicateError(present[0]!, present[1]!);
    }
  }

  /** A step at which one side is empty matches nothing, unless there is something to fill it with. */
  #isSkipped(step: number): boolean {
    const hasMany = this.#hasMany[step] === 1;
    const hasOne = this.#hasOne[step] === 1;
    if (hasMany && hasOne) return false;
    return (!hasMany && !hasOne) || (this.#fillMany === undefined && this.#fillOne === undefined);
  }

  add(group: MatchGroup): void {
    const many = (this.#isSwapped ? group.right : group.left).map((i) => this.#many[i]!);
    const one = (this.#isSwapped ? group.left : group.right).map((i) => this.#one[i]!);
    const hasFill = this.#fillMany !== undefined || this.#fillOne !== undefined;
    if (!hasFill && (many.length === 0 || one.length === 0)) return;
    if (!hasFill && one.length === 1 && (many.length === 1 || this.#haveDistinctResults(many, one[0]!))) {
      for (const series of many) this.#addPair(series, one[0]!);
    } else this.#addBySteps(many, one);
  }

  #haveDistinctResults(many: readonly StepSeries[], one: StepSeries): boolean {
    if (this.#matching.card === "one-to-one") return false;
    const keys = new Set(many.map((series) => this.#resultLabels(series.labels, one.labels).key));
    return keys.size === many.length;
  }

  #addPair(many: StepSeries, one: StepSeries): void {
    const result = this.#newResult(this.#resultLabels(many.labels, one.labels));
    const { values, present } = result;
    const compute = this.#compute;
    const isFloat = many.histograms === undefined && one.histograms === undefined && compute !== undefined;
    for (let i = 0; i < values.length; i++) {
      if (many.present[i] === ABSENT || one.present[i] === ABSENT) continue;
      if (!isFloat) {
        const sample = sampleOf(this.#expr, this.#combine(sampleAt(many, i), sampleAt(one, i)));
        if (sample !== undefined) setSample(result, i, sample);
        continue;
      }
      const value = compute(many.values[i]!, one.values[i]!);
      if (value === undefined) continue;
      values[i] = value;
      present[i] = FLOAT;
    }
  }

  #combine(many: Sample, one: Sample): ElementResult {
    const [left, right] = this.#isSwapped ? [one, many] : [many, one];
    return combineSamples(this.#context, this.#expr, left, right);
  }

  #newResult(labels: LabelSet): StepSeries {
    const { budget, grid } = this.#context;
    budget.reserve(grid.steps);
    const result = newStepSeries(labels, grid.steps, this.#expr.returnBool);
    this.#results.push(result);
    return result;
  }

  #addBySteps(many: readonly StepSeries[], one: readonly StepSeries[]): void {
    const pairs = new PairResults((labels) => this.#newResult(labels));
    for (let step = 0; step < this.#context.grid.steps; step++) {
      if (this.#isSkipped(step)) continue;
      const present = one.find((series) => series.present[step] !== ABSENT);
      this.#addStep(step, many, present, pairs);
    }
  }

  #duplicateError(a: StepSeries, b: StepSeries): PromqlError {
    const group = matchLabels(this.#matching, b.labels).toString();
    const [first, second] = [a.labels.toString(), b.labels.toString()].sort();
    const side = this.#isSwapped ? "left" : "right";
    const text = `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${first}, ${second}]`;
    const hint = "many-to-many matching not allowed: matching labels must be unique on one side";
    return new PromqlError("execution", `${text};${hint}`);
  }

  #addStep(step: number, many: readonly StepSeries[], one: StepSeries | undefined, pairs: PairResults): void {
    const isOneToOne = this.#matching.card === "one-to-one";
    const seen = new Set<string>();
    let matched = false;
    for (const series of many) {
      if (series.present[step] === ABSENT || (one === undefined && this.#fillOne === undefined)) continue;
      const combined = this.#combine(sampleAt(series, step), one === undefined ? this.#fillOne! : sampleAt(one, step));
      if (combined.value === undefined) continue;
      if (isOneToOne && matched) {
        const text = "many-to-one matching must be explicit (group_left/group_right)";
        throw new PromqlError("execution", `multiple matches for labels: ${text}`);
      }
      matched = true;
      const oneLabels = one?.labels ?? matchLabels(this.#matching, series.labels);
      const labels = this.#resultLabels(series.labels, oneLabels);
      if (!isOneToOne && seen.has(labels.key)) {
        throw new PromqlError("execution", "multiple matches for labels: grouping labels must ensure unique matches");
      }
      seen.add(labels.key);
      pairs.set(step, labels, sampleOf(this.#expr, combined));
    }
    if (matched || one === undefined || this.#fillMany === undefined) return;
    const labels = this.#resultLabels(matchLabels(this.#matching, one.labels), one.labels);
    pairs.set(step, labels, sampleOf(this.#expr, this.#combine(this.#fillMany, sampleAt(one, step))));
  }

  #resultLabels(many: LabelSet, one: LabelSet): LabelSet {
    let byOne = this.#labelsOfPair.get(many);
    if (byOne === undefined) this.#labelsOfPair.set(many, (byOne = new Map()));
    let labels = byOne.get(one);
    if (labels === undefined) byOne.set(one, (labels = this.#combineLabels(many, one)));
    return labels;
  }

  #combineLabels(many: LabelSet, one: LabelSet): LabelSet {
    const { card, on, labels: matchingLabels, include } = this.#matching;
    const { delayedNameRemoval } = this.#context.options;
    const isArithmetic = comparisonOf(this.#expr.op) === undefined && isFloatOperator(this.#expr);
    const dropsMetadata = isArithmetic || (this.#expr.returnBool && !delayedNameRemoval);
    let labels = dropsMetadata ? many.withoutMetadata() : many;
    if (card === "one-to-one") {
      labels = labels.filter((name) => matchingLabels.includes(name) === on);
    }
    for (const name of include) labels = labels.with(name, one.get(name));
    return labels;
  }
}

/** Result series of a group that is evaluated step by step, by label set. */
class PairResults {
  readonly #create: (labels: LabelSet) => StepSeries;
  readonly #byKey = new Map<string, StepSeries>();

  constructor(create: (labels: LabelSet) => StepSeries) {
    this.#create = create;
  }

  set(step: number, labels: LabelSet, sample: Sample | undefined): void {
    if (sample === undefined) return;
    let series = this.#byKey.get(labels.key);
    if (series === undefined) {
      series = this.#create(labels);
      this.#byKey.set(labels.key, series);
    }
    setSample(series, step, sample);
  }
}

/** The value of a pair, "many" side first; undefined where a comparison filters it out. */
function elementFunction(expr: BinaryExpr, isSwapped: boolean): (many: number, one: number) => number | undefined {
  const compare = comparisonOf(expr.op);
  if (compare === undefined) {
    const apply = arithmeticOf(expr.op);
    return isSwapped ? (many, one) => apply(one, many) : apply;
  }
  const compute = expr.returnBool
    ? (left: number, right: number): number => (compare(left, right) ? 1 : 0)
    : (left: number, right: number): number | undefined => (compare(left, right) ? left : undefined);
  return isSwapped ? (many, one) => compute(one, many) : compute;
}
