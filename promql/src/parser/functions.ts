/** The types an expression can have; names as error messages write them. */
export type ValueType = "scalar" | "vector" | "matrix" | "string";

export const DOCUMENTED_TYPE: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  vector: "instant vector",
  matrix: "range vector",
  string: "string",
};

export interface FunctionSignature {
  readonly name: string;
  readonly args: readonly ValueType[];
  readonly returns: ValueType;
  /** How often the last argument may be missing or repeated: 0 never, n up to n more, -1 without limit. */
  readonly variadic: number;
  readonly experimental: boolean;
}

const signatures = new Map<string, FunctionSignature>();

interface Rest {
  readonly variadic?: number;
  readonly returns?: ValueType;
  readonly experimental?: boolean;
}

function define(names: string, args: readonly ValueType[], rest: Rest = {}): void {
  const { variadic = 0, returns = "vector", experimental = false } = rest;
  for (const name of names.split(" ")) signatures.set(name, { name, args, returns, variadic, experimental });
}

define("abs ceil exp floor ln log10 log2 sgn sqrt deg rad", ["vector"]);
define("acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh", ["vector"]);
define("absent sort sort_desc timestamp", ["vector"]);
define("histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar", ["vector"]);
define("absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta", ["matrix"]);
define("increase irate last_over_time max_over_time min_over_time present_over_time rate resets", ["matrix"]);
define("stddev_over_time stdvar_over_time sum_over_time", ["matrix"]);
define("clamp", ["vector", "scalar", "scalar"]);
define("clamp_max clamp_min", ["vector", "scalar"]);
define("days_in_month day_of_month day_of_week day_of_year hour minute month year", ["vector"], { variadic: 1 });
define("histogram_fraction", ["scalar", "scalar", "vector"]);
define("histogram_quantile", ["scalar", "vector"]);
define("label_replace", ["vector", "string", "string", "string", "string"]);
define("label_join", ["vector", "string", "string", "string"], { variadic: -1 });
define("pi time", [], { returns: "scalar" });
define("predict_linear", ["matrix", "scalar"]);
define("quantile_over_time", ["scalar", "matrix"]);
define("round", ["vector", "scalar"], { variadic: 1 });
define("scalar", ["vector"], { returns: "scalar" });
define("vector", ["scalar"]);

const experimental = { experimental: true } as const;
define("start end step range", [], { ...experimental, returns: "scalar" });
define("max_of min_of", ["scalar", "scalar"], { ...experimental, returns: "scalar" });
define("double_exponential_smoothing", ["matrix", "scalar", "scalar"], experimental);
define("histogram_quantiles", ["vector", "string", "scalar", "scalar"], { ...experimental, variadic: 9 });
define("info", ["vector", "vector"], { ...experimental, variadic: 1 });
define("mad_over_time ts_of_first_over_time ts_of_last_over_time", ["matrix"], experimental);
define("ts_of_max_over_time ts_of_min_over_time", ["matrix"], experimental);
define("sort_by_label sort_by_label_desc", ["vector", "string"], { ...experimental, variadic: -1 });
define("start_timestamp", ["vector"], experimental);

/** The signature of a function; undefined when there is none of that name. */
export function signature(name: string): FunctionSignature | undefined {
  return signatures.get(name);
}
