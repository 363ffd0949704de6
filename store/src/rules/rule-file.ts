import { type Expr, PromqlError, parse } from "@venturi/promql";
import { parseUnits } from "./duration.js";
import { functionNames } from "./template/functions.js";
import { parseTemplate } from "./template/parse.js";
import { TemplateError } from "./template/tokens.js";
import { YamlProblem, YamlReader } from "./yaml-reader.js";

export interface RuleConfig {
  readonly kind: "alerting" | "recording";
  /** Of the alert, or of the series that is recorded. */
  readonly name: string;
  readonly expr: Expr;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** The group's and, over them, the rule's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroupConfig {
  readonly file: string;
  readonly name: string;
  /** Undefined: the server's own interval. */
  readonly intervalMs: number | undefined;
  readonly queryOffsetMs: number;
  /** Alerts or series that one rule may produce; 0 for any number. */
  readonly limit: number;
  readonly rules: readonly RuleConfig[];
}

/** Variables that alert templates have beside the dot. */
export const templateVariables = ["$labels", "$externalLabels", "$externalURL", "$value"] as const;

/**
 * Reads a file of Prometheus' recording and alerting rules.
 * @throws {Error} with a line `file:line:column: problem` for each problem
 */
export function readRuleFile(file: string, text: string): RuleGroupConfig[] {
  const problems: string[] = [];
  const groups: RuleGroupConfig[] = [];
  const collect = (read: () => void): void => {
    try {
      read();
    } catch (problem) {
      if (!(problem instanceof YamlProblem)) throw problem;
      problems.push(problem.message);
    }
  };
  collect(() => {
    const names = new Set<string>();
    for (const reader of YamlReader.parse(file, text).members(["groups"]).groups.items()) {
      collect(() => groups.push(readGroup(file, reader, names, collect)));
    }
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return groups;
}

/** Text with one has no UTF-8. */
const loneSurrogate = /\p{Surrogate}/u;

const groupFields = ["name", "interval", "query_offset", "limit", "labels", "rules"] as const;
const ruleFields = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"] as const;
type RuleFields = Readonly<Record<(typeof ruleFields)[number], YamlReader>>;

function readGroup(
  file: string,
  reader: YamlReader,
  names: Set<string>,
  collect: (read: () => void) => void,
): RuleGroupConfig {
  const fields = reader.members(groupFields);
  const name = fields.name.text();
  if (name === "") throw reader.problem("Groupname must not be empty");
  if (names.has(name)) throw reader.problem(`groupname: "${name}" is repeated in the same file`);
  names.add(name);
  const labels = labelsOf(fields.labels);
  const rules: RuleConfig[] = [];
  for (const rule of fields.rules.items()) collect(() => rules.push(readRule(rule, name, rules.length + 1, labels)));
  const intervalMs = durationOf(fields.interval);
  return {
    file,
    name,
    intervalMs: intervalMs === 0 ? undefined : intervalMs,
    queryOffsetMs: durationOf(fields.query_offset),
    limit: integerOf(fields.limit),
    rules,
  };
}

function readRule(reader: YamlReader, group: string, number: number, groupLabels: Record<string, string>): RuleConfig {
  const fields = reader.members(ruleFields);
  const record = fields.record.text();
  const alert = fields.alert.text();
  const place = `group "${group}", rule ${number}, "${alert || record}": `;
  if (record !== "" && alert !== "") {
    throw fields.alert.problem(`${place}only one of 'record' and 'alert' must be set`);
  }
  if (record === "" && alert === "") throw reader.problem(`${place}one of 'record' or 'alert' must be set`);
  if (record !== "") checkRecording(fields, record, place);
  const labels = labelsOf(fields.labels, place);
  const annotations = annotationsOf(fields.annotations, place);
  if (alert !== "") {
    checkTemplates(fields.labels, "label", labels, place);
    checkTemplates(fields.annotations, "annotation", annotations, place);
  }
  return {
    kind: alert === "" ? "recording" : "alerting",
    name: alert || record,
    expr: expressionOf(reader, fields.expr, place),
    forMs: durationOf(fields.for, place),
    keepFiringForMs: durationOf(fields.keep_firing_for, place),
    labels: { ...groupLabels, ...labels },
    annotations,
  };
}

function checkRecording(fields: RuleFields, record: string, place: string): void {
  for (const name of ["annotations", "for", "keep_firing_for"] as const) {
    if (!fields[name].isMissing) throw fields[name].problem(`${place}invalid field '${name}' in recording rule`);
  }
  if (loneSurrogate.test(record)) throw fields.record.problem(`${place}invalid recording rule name: ${record}`);
  if (/[{}]/.test(record)) {
    const hint = "braces present in the recording rule name; should it be in expr?";
    throw fields.record.problem(`${place}${hint}: ${record}`);
  }
}

function expressionOf(rule: YamlReader, reader: YamlReader, place: string): Expr {
  const text = reader.text();
  if (text === "") throw rule.problem(`${place}field 'expr' must be set in rule`);
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof PromqlError)) throw cause;
    throw reader.problem(`${place}could not parse expression: ${cause.message}`);
  }
}

function checkTemplates(reader: YamlReader, kind: string, texts: Record<string, string>, place: string): void {
  for (const [name, text] of Object.entries(texts)) {
    try {
      parseTemplate(text, functionNames, templateVariables);
    } catch (cause) {
      if (!(cause instanceof TemplateError)) throw cause;
      throw reader.problem(`${place}${kind} "${name}": ${cause.message}`);
    }
  }
}

function labelsOf(reader: YamlReader, place = ""): Record<string, string> {
  const labels = reader.texts();
  for (const [name, value] of Object.entries(labels)) {
    if (name === "" || name === "__name__" || loneSurrogate.test(name)) {
      throw reader.problem(`${place}invalid label name: ${name}`);
    }
    if (loneSurrogate.test(value)) throw reader.problem(`${place}invalid label value: ${value}`);
  }
  return labels;
}

function annotationsOf(reader: YamlReader, place: string): Record<string, string> {
  const annotations = reader.texts();
  for (const name of Object.keys(annotations)) {
    if (name === "" || loneSurrogate.test(name)) throw reader.problem(`${place}invalid annotation name: ${name}`);
  }
  return annotations;
}

function durationOf(reader: YamlReader, place = ""): number {
  const text = reader.text();
  if (text === "") return 0;
  const durationMs = parseUnits(text);
  if (durationMs === undefined) throw reader.problem(`${place}not a valid duration string: "${text}"`);
  return durationMs;
}

function integerOf(reader: YamlReader): number {
  const text = reader.text();
  if (text === "") return 0;
  if (!/^-?\d{1,9}$/.test(text)) throw reader.problem(`expected a whole number, got "${text}"`);
  return Number(text);
}
