import { type Expr, PromqlError, parse } from "@venturi/promql";
import { parseAlertText } from "./alert-text.js";
import { requireUnits } from "./duration.js";
import { TemplateError } from "./template/error.js";
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

/**
 * Reads a file of Prometheus' recording and alerting rules.
 * @throws {Error} with a line `file:line:column: problem` for each problem
 */
export function readRuleFile(file: string, text: string): RuleGroupConfig[] {
  const reading = new Reading(file);
  const groups = reading.tried(() => {
    const { groups: list } = YamlReader.parse(file, text).members(["groups"]);
    return list.items().map((reader) => reading.tried(() => reading.group(reader)));
  });
  if (reading.problems.length > 0) throw new Error(reading.problems.join("\n"));
  return (groups ?? []).filter((group) => group !== undefined);
}

/** Text with one has no UTF-8. */
const loneSurrogate = /\p{Surrogate}/u;

const groupFields = ["name", "interval", "query_offset", "limit", "labels", "rules"] as const;
const ruleFields = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"] as const;
type RuleFields = Readonly<Record<(typeof ruleFields)[number], YamlReader>>;

/** Reads on after a problem, so that all are told at once. */
class Reading {
  readonly problems: string[] = [];
  readonly #file: string;
  readonly #names = new Set<string>();

  constructor(file: string) {
    this.#file = file;
  }

  tried<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (problem) {
      if (!(problem instanceof YamlProblem)) throw problem;
      this.problems.push(problem.message);
      return undefined;
    }
  }

  group(reader: YamlReader): RuleGroupConfig {
    const fields = reader.members(groupFields);
    const name = fields.name.text();
    if (name === "") this.#add(reader, "Groupname must not be empty");
    else if (this.#names.has(name)) this.#add(fields.name, `groupname: "${name}" is repeated in the same file`);
    this.#names.add(name);
    const labels = this.#labels(fields.labels, "");
    const rules = this.tried(() => fields.rules.items())?.map((rule, index) =>
      this.tried(() => this.#rule(rule, `group ${JSON.stringify(name)}, rule ${index + 1}`, labels)),
    );
    const intervalMs = this.#duration(fields.interval, "");
    return {
      file: this.#file,
      name,
      intervalMs: intervalMs === 0 ? undefined : intervalMs,
      queryOffsetMs: this.#duration(fields.query_offset, ""),
      limit: this.tried(() => fields.limit.integer()) ?? 0,
      rules: (rules ?? []).filter((rule) => rule !== undefined),
    };
  }

  #rule(reader: YamlReader, where: string, groupLabels: Record<string, string>): RuleConfig | undefined {
    const fields = reader.members(ruleFields);
    const record = fields.record.text();
    const alert = fields.alert.text();
    const place = `${where}, ${JSON.stringify(alert || record)}: `;
    if (record !== "" && alert !== "") this.#add(fields.alert, `${place}only one of 'record' and 'alert' must be set`);
    if (record === "" && alert === "") this.#add(reader, `${place}one of 'record' or 'alert' must be set`);
    const expr = this.tried(() => expressionOf(reader, fields.expr, place));
    const labels = this.#labels(fields.labels, place);
    const annotations = this.tried(() => annotationsOf(fields.annotations, place)) ?? {};
    const forMs = this.#duration(fields.for, place);
    const keepFiringForMs = this.#duration(fields.keep_firing_for, place);
    if (record !== "") this.#checkRecording(fields, { record, place, annotations, forMs, keepFiringForMs });
    if (alert !== "") {
      this.#checkTemplates(fields.labels, labels, alert, `${place}label`);
      this.#checkTemplates(fields.annotations, annotations, alert, `${place}annotation`);
    }
    if (expr === undefined) return undefined;
    const kind = alert === "" ? "recording" : "alerting";
    const allLabels = { ...groupLabels, ...labels };
    return { kind, name: alert || record, expr, forMs, keepFiringForMs, labels: allLabels, annotations };
  }

  #checkRecording(
    fields: RuleFields,
    rule: { record: string; place: string; annotations: object; forMs: number; keepFiringForMs: number },
  ): void {
    const { record, place } = rule;
    const set = {
      annotations: Object.keys(rule.annotations).length,
      for: rule.forMs,
      keep_firing_for: rule.keepFiringForMs,
    };
    for (const [name, amount] of Object.entries(set)) {
      if (amount > 0) this.#add(fields[name as keyof typeof set], `${place}invalid field '${name}' in recording rule`);
    }
    if (loneSurrogate.test(record)) this.#add(fields.record, `${place}invalid recording rule name: ${record}`);
    if (/[{}]/.test(record)) {
      const hint = "braces present in the recording rule name; should it be in expr?";
      this.#add(fields.record, `${place}${hint}: ${record}`);
    }
  }

  #checkTemplates(reader: YamlReader, texts: Readonly<Record<string, string>>, alert: string, place: string): void {
    for (const [name, text] of Object.entries(texts)) {
      try {
        parseAlertText(alert, text);
      } catch (cause) {
        if (!(cause instanceof TemplateError)) throw cause;
        this.#add(reader, `${place} "${name}": ${cause.message}`);
      }
    }
  }

  #labels(reader: YamlReader, place: string): Record<string, string> {
    return this.tried(() => labelsOf(reader, place)) ?? {};
  }

  #duration(reader: YamlReader, place: string): number {
    return this.tried(() => durationOf(reader, place)) ?? 0;
  }

  #add(reader: YamlReader, message: string): void {
    this.problems.push(reader.problem(message).message);
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

function labelsOf(reader: YamlReader, place: string): Record<string, string> {
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

function durationOf(reader: YamlReader, place: string): number {
  if (reader.isMissing) return 0;
  try {
    return requireUnits(reader.text());
  } catch (cause) {
    if (cause instanceof YamlProblem) throw cause;
    throw reader.problem(place + (cause as Error).message);
  }
}
