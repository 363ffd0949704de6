import { LABELS, METRICS, START_MS, STEP_MS, STEPS } from "./data.js";
import type { Random } from "./random.js";

type Kind = "scalar" | "vector" | "range" | "string";

interface Signature {
  readonly args: readonly Kind[];
  /** Arguments that may be left out. */
  readonly optional?: number;
}

function signatures(names: string, args: readonly Kind[], optional = 0): [string, Signature][] {
  return names.split(" ").map((name) => [name, { args, optional }]);
}

const FUNCTIONS: ReadonlyMap<string, Signature> = new Map([
  ...signatures("abs absent ceil floor sgn sqrt deg rad sort sort_desc timestamp", ["vector"]),
  ...signatures("histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar", ["vector"]),
  ...signatures("absent_over_time avg_over_time changes count_over_time delta deriv first_over_time", ["range"]),
  ...signatures("idelta increase irate last_over_time max_over_time min_over_time present_over_time", ["range"]),
  ...signatures("rate resets stddev_over_time stdvar_over_time sum_over_time mad_over_time", ["range"]),
  ...signatures("rate increase delta sum_over_time avg_over_time resets changes", ["range"]),
  ...signatures("ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time", ["range"]),
  ...signatures("clamp", ["vector", "scalar", "scalar"]),
  ...signatures("clamp_max clamp_min", ["vector", "scalar"]),
  ...signatures("days_in_month day_of_month day_of_week day_of_year hour minute month year", ["vector"], 1),
  ...signatures("histogram_fraction", ["scalar", "scalar", "vector"]),
  ...signatures("histogram_quantile", ["scalar", "vector"]),
  ...signatures("predict_linear", ["range", "scalar"]),
  ...signatures("quantile_over_time", ["scalar", "range"]),
  ...signatures("round", ["vector", "scalar"], 1),
  ...signatures("double_exponential_smoothing", ["range", "scalar", "scalar"]),
  ...signatures("vector", ["scalar"]),
]);

/**
 * Their last bit is not the same in every library, which another function could make any difference of: they are asked
 * of plain series, and nothing is computed with them.
 */
const TRANSCENDENTAL = "exp ln log10 log2 acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh".split(" ");

const SCALAR_FUNCTIONS = ["time()", "pi()", "start()", "end()", "step()", "range()"];
const AGGREGATIONS = "sum avg min max count group".split(" ");
const ARITHMETIC = ["+", "-", "*", "/", "%", "^", "atan2", "</", ">/"];
const COMPARISONS = ["==", "!=", ">", "<", ">=", "<="];
const SETS = ["and", "or", "unless"];
const NUMBERS = ["0", "1", "2", "0.5", "-1", "1e3", "0.1", "NaN", "Inf", "-Inf", "3.7", "100", "0x1F", "1m30s"];
const QUANTILES = ["0", "0.1", "0.5", "0.9", "0.99", "1", "-0.1", "1.5", "NaN"];
const DURATIONS = ["15s", "30s", "1m", "2m", "5m", "10m", "33s", "1m30s", "20m", "7m"];

/** Writes random, mostly valid queries. */
export class QueryGenerator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  query(): string {
    const random = this.#random;
    const depth = random.pick([1, 2, 2, 3, 3, 4]);
    if (random.chance(0.03)) return this.#range(depth);
    if (random.chance(0.03)) return `${random.pick(TRANSCENDENTAL)}(${this.#selector()})`;
    return random.chance(0.05) ? this.#scalar(depth) : this.#vector(depth);
  }

  #of(kind: Kind, depth: number): string {
    if (kind === "scalar") return this.#scalar(depth);
    if (kind === "range") return this.#range(depth);
    return kind === "string" ? JSON.stringify(this.#random.pick(LABELS)) : this.#vector(depth);
  }

  #vector(depth: number): string {
    if (depth <= 0) return this.#selector();
    const random = this.#random;
    const roll = random.next();
    if (roll < 0.34) return this.#call(depth);
    if (roll < 0.54) return this.#aggregate(depth);
    if (roll < 0.78) return this.#binary(depth);
    if (roll < 0.83) return this.#special(depth);
    if (roll < 0.86) return `-${this.#vector(depth - 1)}`;
    if (roll < 0.9) return `(${this.#vector(depth - 1)})`;
    return this.#selector();
  }

  #scalar(depth: number): string {
    const random = this.#random;
    const roll = random.next();
    if (depth <= 0 || roll < 0.6) return random.pick(NUMBERS);
    if (roll < 0.75) return random.pick(SCALAR_FUNCTIONS);
    if (roll < 0.85) return `scalar(${this.#vector(depth - 1)})`;
    const op = random.chance(0.8) ? random.pick(ARITHMETIC.slice(0, 7)) : `${random.pick(COMPARISONS)} bool`;
    return `(${this.#scalar(depth - 1)} ${op} ${this.#scalar(depth - 1)})`;
  }

  /** A metric that suits the functions around it more often than chance would have it. */
  #metric(kinds: readonly (keyof typeof METRICS)[]): string {
    const kind = this.#random.chance(0.85) ? this.#random.pick(kinds) : this.#random.pick(ALL_KINDS);
    return this.#random.pick(METRICS[kind]);
  }

  #selector(kinds: readonly (keyof typeof METRICS)[] = ALL_KINDS, range = ""): string {
    const random = this.#random;
    const metric = this.#metric(kinds);
    const isLegacy = /^[a-z_]+$/.test(metric);
    const matchers = isLegacy ? [] : [JSON.stringify(metric)];
    if (random.chance(0.3)) matchers.push(this.#matcher());
    if (random.chance(0.1)) matchers.push(this.#matcher());
    const braces = matchers.length > 0 ? `{${matchers.join(",")}}` : "";
    return `${isLegacy ? metric : ""}${braces}${range}${this.#modifiers(range !== "")}`;
  }

  #matcher(): string {
    return this.#random.pick([
      'job="api"',
      'job!="db"',
      'job=~"a.*|db"',
      'job!~"web.+"',
      'instance="a:1"',
      'code=~"[45].."',
      'code=""',
      'missing!~".+"',
      'zone=~"(1|eu)"',
      'version=~".+0"',
    ]);
  }

  #modifiers(isRange: boolean): string {
    const random = this.#random;
    let text = "";
    if (random.chance(0.04)) text += random.pick([" anchored", " smoothed"]);
    if (random.chance(0.06)) text += ` @ ${this.#time()}`;
    if (random.chance(isRange ? 0.1 : 0.08)) text += ` offset ${random.pick(["1m", "-1m", "5m", "17s", "30s"])}`;
    return text;
  }

  #time(): string {
    const random = this.#random;
    if (random.chance(0.4)) return random.pick(["start()", "end()"]);
    return ((START_MS + random.below(STEPS) * STEP_MS) / 1000 + random.pick([0, 0.123])).toFixed(3);
  }

  #range(depth: number, kinds: readonly (keyof typeof METRICS)[] = ALL_KINDS): string {
    const random = this.#random;
    const duration = random.pick(DURATIONS);
    if (depth <= 0 || random.chance(0.75)) return this.#selector(kinds, `[${duration}]`);
    const step = random.pick(["", "30s", "1m", "45s", "2m"]);
    const modifiers = random.chance(0.15) ? ` @ ${this.#time()}` : "";
    const offset = random.chance(0.15) ? ` offset ${random.pick(["1m", "-2m", "20s"])}` : "";
    return `${this.#inner(depth - 1)}[${duration}:${step}]${modifiers}${offset}`;
  }

  /** What a subquery can be written behind without changing what it means. */
  #inner(depth: number): string {
    return this.#random.chance(0.5)
      ? this.#selector().replace(/ (?:anchored|smoothed)/, "")
      : `(${this.#vector(depth)})`;
  }

  #call(depth: number): string {
    const random = this.#random;
    const [name, { args, optional = 0 }] = random.pick([...FUNCTIONS]);
    const count = args.length - (random.chance(0.5) ? optional : 0);
    const written = args.slice(0, count).map((kind, i) => this.#argument(name, kind, i, depth));
    return `${name}(${written.join(", ")})`;
  }

  #argument(name: string, kind: Kind, index: number, depth: number): string {
    const random = this.#random;
    if (kind === "scalar") {
      if (/quantile/.test(name) && random.chance(0.9)) return random.pick(QUANTILES);
      if (/smoothing/.test(name)) return random.pick(["0.1", "0.5", "0.9", "0.3", "1.5"]);
      return random.chance(0.8) ? random.pick(NUMBERS) : this.#scalar(depth - 1);
    }
    if (/^histogram_/.test(name) && random.chance(0.7)) return this.#histograms(name, depth);
    if (kind === "range" && /^(rate|increase|irate|resets)$/.test(name)) {
      return this.#range(depth - 1, ["counters", "native", "buckets"]);
    }
    return this.#of(kind, depth - 1 - index);
  }

  /** Something that holds histograms. */
  #histograms(name: string, depth: number): string {
    const random = this.#random;
    const isQuantile = /quantile|fraction/.test(name);
    const kinds: readonly (keyof typeof METRICS)[] = isQuantile ? ["buckets", "native"] : ["native"];
    const selected = random.chance(0.4)
      ? this.#selector(kinds)
      : `${random.pick(["rate", "increase", "sum_over_time", "avg_over_time", "last_over_time", "delta"])}(${this.#range(0, kinds)})`;
    if (depth < 2 || random.chance(0.5)) return selected;
    return `${random.pick(["sum", "avg"])} ${random.pick(["", "by (le) ", "by (job, le) ", "without (instance) "])}(${selected})`;
  }

  #aggregate(depth: number): string {
    const random = this.#random;
    const inner = this.#vector(depth - 1);
    const by = random.chance(0.7) ? ` ${random.pick(["by", "without"])} (${random.some(LABELS).join(", ")})` : "";
    const roll = random.next();
    if (roll < 0.62) return `${random.pick(AGGREGATIONS)}${by} (${inner})`;
    // Neither is compensated: the last bits depend on the order, which upstream has for selectors only.
    if (roll < 0.68) return `${random.pick(["stddev", "stdvar"])}${by} (${this.#selector()})`;
    if (roll < 0.72) return `quantile${by} (${random.pick(QUANTILES)}, ${inner})`;
    // Between equals the order decides, and of most expressions upstream has a different one each time.
    const ordered = random.chance(0.5) ? this.#selector() : `rate(${this.#range(0)})`;
    if (roll < 0.82)
      return `${random.pick(["topk", "bottomk"])}${by} (${random.pick(["1", "2", "5", "0"])}, ${ordered})`;
    if (roll < 0.87) return `limitk${by} (${random.pick(["1", "3", "100"])}, ${ordered})`;
    if (roll < 0.92) return `limit_ratio${by} (${random.pick(["0.5", "-0.5", "0.2", "1", "2"])}, ${inner})`;
    // Numbers become text: rounding must not show.
    const exact = random.chance(0.5) ? this.#selector() : `floor(${this.#selector()})`;
    return `count_values${by} (${random.pick(['"value"', '"code"', '"odd name"'])}, ${exact})`;
  }

  #binary(depth: number): string {
    const random = this.#random;
    const roll = random.next();
    if (roll < 0.4) {
      const op = this.#operator();
      const [left, right] = [this.#operand(depth), this.#number(depth)];
      return random.chance(0.7) ? `${left} ${op} ${right}` : `${right} ${op} ${left}`;
    }
    if (roll < 0.55) {
      const matching = random.chance(0.6) ? ` ${this.#matching()}` : "";
      return `${this.#operand(depth)} ${random.pick(SETS)}${matching} ${this.#operand(depth)}`;
    }
    const sides = this.#sides(depth);
    return `${sides[0]} ${this.#operator()}${this.#vectorMatching()} ${sides[1]}`;
  }

  #number(depth: number): string {
    return this.#random.chance(0.85) ? this.#random.pick(NUMBERS) : this.#scalar(depth - 1);
  }

  #operator(): string {
    const random = this.#random;
    if (random.chance(0.65)) return random.pick(ARITHMETIC);
    return random.pick(COMPARISONS) + (random.chance(0.3) ? " bool" : "");
  }

  #operand(depth: number): string {
    const text = this.#vector(depth - 1);
    return /^[\w:]+(?:\{|\(|$)/.test(text) && !/ /.test(text) ? text : `(${text})`;
  }

  /** Two sides that match more often than two arbitrary ones would. */
  #sides(depth: number): [string, string] {
    const random = this.#random;
    if (random.chance(0.3)) return [this.#operand(depth), this.#operand(depth)];
    if (random.chance(0.4)) {
      const one = this.#operand(depth);
      return [one, random.chance(0.5) ? one : `(${one} * 2)`];
    }
    const labels = random.some(["job", "instance", "code"]).join(", ");
    const side = (): string => `${random.pick(AGGREGATIONS)} by (${labels}) (${this.#vector(depth - 2)})`;
    return [side(), side()];
  }

  #matching(): string {
    return `${this.#random.pick(["on", "ignoring"])} (${this.#random.some(LABELS).join(", ")})`;
  }

  #vectorMatching(): string {
    const random = this.#random;
    let text = random.chance(0.5) ? ` ${this.#matching()}` : "";
    if (text !== "" && random.chance(0.5)) {
      const include = random.chance(0.5) ? random.some(LABELS).join(", ") : "";
      text += ` ${random.pick(["group_left", "group_right"])}${random.chance(0.7) ? ` (${include})` : ""}`;
    }
    if (random.chance(0.08))
      text += ` ${random.pick(["fill", "fill_left", "fill_right"])} (${random.pick(["0", "23"])})`;
    return text;
  }

  /** Functions whose arguments follow no pattern. */
  #special(depth: number): string {
    const random = this.#random;
    const inner = this.#vector(depth - 1);
    const [one, other] = [random.pick(LABELS), random.pick(LABELS)];
    // Where a float and a histogram get the same labels, upstream has two samples at one time.
    const floats = this.#selector(["counters", "gauges", "buckets"]).replace("mixed_kinds", "level");
    return random.pick([
      `label_replace(${floats}, "${one}", "$1-x", "${other}", "(.*)")`,
      `label_replace(${inner}, "new", "$2\${1}", "${other}", "([a-z]+)(.*)")`,
      `label_join(${floats}, "${one}", "/", "${other}", "job")`,
      `label_join(${inner}, "new", "/", "${other}", "job")`,
      `sort_by_label(${inner}, "${one}")`,
      `sort_by_label_desc(${inner}, "${one}", "${other}")`,
      `info(${inner})`,
      `info(${inner}, {${random.pick(['version=~".+"', '__name__="build_info"', '__name__=~".+_info"', 'zone=""'])}})`,
      // Of several quantiles upstream gets all but the first wrong where two buckets have the same bound.
      `histogram_quantiles(${this.#histograms("histogram_quantile", depth)}, "q", 0.9)`,
      `histogram_quantiles(${random.pick(METRICS.native)}, "q", 0.1, 0.9)`,
      `vector(max_of(${this.#scalar(1)}, ${this.#scalar(1)}))`,
      `vector(min_of(${this.#scalar(1)}, ${this.#scalar(1)}))`,
    ]);
  }
}

const ALL_KINDS = Object.keys(METRICS) as (keyof typeof METRICS)[];
