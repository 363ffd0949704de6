import { PromqlError } from "../errors.js";
import { seriesOf, stringOf, type VectorFunction } from "../evaluator/context.js";
import { joinSameLabelSets, type StepSeries, type Value } from "../evaluator/series.js";
import { isValidLabelName, METRIC_NAME } from "../labels.js";
import { type AnchoredPattern, compileAnchored, type MatchedGroups } from "../regexp.js";

/** label_replace(v, destination, replacement, source, regex). */
const labelReplace: VectorFunction = (_context, _call, args) => {
  const [destination, replacement, source, pattern] = args.slice(1).map(stringOf) as [string, string, string, string];
  const regexp = compile(pattern);
  requireLabelName("destination", "label_replace", destination);
  const expand = replacementFunction(replacement);
  const results = seriesOf(args[0]).map((series) => {
    const match = regexp.groups(series.labels.get(source));
    return match === undefined ? series : withLabel(series, destination, expand(match));
  });
  return joined(results);
};

function compile(pattern: string): AnchoredPattern {
  try {
    return compileAnchored(pattern);
  } catch (cause) {
    const text = `invalid regular expression in label_replace(): ${pattern}`;
    throw new PromqlError("execution", text, undefined, { cause });
  }
}

/** Go's Regexp.Expand: `$1`, `${1}`, `$name`, `$$`; a bare name is as long as possible, unknown ones are empty. */
function replacementFunction(template: string): (groups: MatchedGroups) => string {
  return ({ numbered, named }) =>
    template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole: string, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return whole === "$$" ? "$" : whole;
      return (/^\d+$/.test(name) ? numbered[Number(name)] : named[name]) ?? "";
    });
}

/** label_join(v, destination, separator, source…). */
const labelJoin: VectorFunction = (_context, _call, args) => {
  const [destination, separator, ...sources] = args.slice(1).map(stringOf) as [string, string, ...string[]];
  for (const source of sources) requireLabelName("source", "label_join", source);
  requireLabelName("destination", "label_join", destination);
  const results = seriesOf(args[0]).map((series) => {
    const value = sources.map((source) => series.labels.get(source)).join(separator);
    return withLabel(series, destination, value);
  });
  return joined(results);
};

/** A new metric name is there to stay. */
function withLabel(series: StepSeries, name: string, value: string): StepSeries {
  const dropName = name === METRIC_NAME ? false : series.dropName;
  return { ...series, labels: series.labels.with(name, value), dropName };
}

function requireLabelName(role: string, func: string, name: string): void {
  if (isValidLabelName(name)) return;
  throw new PromqlError("execution", `invalid ${role} label name in ${func}(): ${name}`);
}

function joined(series: readonly StepSeries[]): Value {
  return { type: "vector", series: joinSameLabelSets(series) };
}

export const labelFunctions: Readonly<Record<string, VectorFunction>> = {
  label_replace: labelReplace,
  label_join: labelJoin,
};
