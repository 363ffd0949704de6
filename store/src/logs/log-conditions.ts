import { type DuckDBValue, listValue } from "@duckdb/node-api";
import { type Matcher, newMatcher } from "@venturi/promql";
import { detectedLevelSql, type LogResource } from "./log-labels.js";
import type { LabelFilter, LogExpr, Stage } from "./logql/ast.js";

/** Columns of a log record that are labels, each as text that is never NULL. */
export const labelColumns: Readonly<Record<string, string>> = {
  detected_level: detectedLevelSql,
  severity_number: "CASE WHEN severity_number = 0 THEN '' ELSE severity_number::VARCHAR END",
  severity_text: "coalesce(severity_text, '')",
  trace_id: "coalesce(trace_id, '')",
  span_id: "coalesce(span_id, '')",
  scope_name: "coalesce(scope_name, '')",
};

/** The resources whose streams a selector takes. */
export function selectedResources(resources: readonly LogResource[], { matchers }: LogExpr): LogResource[] {
  const compiled: Matcher[] = matchers.map(({ label, op, value }) => newMatcher(label, op, value));
  return resources.filter(({ stream }) => compiled.every((matcher) => matcher.matches(stream[matcher.name] ?? "")));
}

/** A LogQL pipeline as conditions on rows of the logs table, every value bound. */
export class LogConditions {
  readonly values: DuckDBValue[] = [];
  readonly conditions: string[] = [];
  readonly #resources: readonly LogResource[];
  /** Labels that a stage made, in SQL. */
  readonly #made = new Map<string, string>();

  constructor(resources: readonly LogResource[]) {
    this.#resources = resources;
    this.conditions.push(this.#among(resources.map(({ id }) => id)));
  }

  bind(value: DuckDBValue): string {
    return `$${this.values.push(value)}`;
  }

  get sql(): string {
    return this.conditions.join(" AND ");
  }

  /** @param endNs exclusive */
  within(startNs: bigint, endNs: bigint): void {
    this.conditions.push(`time_ns >= ${this.bind(startNs)} AND time_ns < ${this.bind(endNs)}`);
  }

  add(stage: Stage): void {
    if (stage.kind === "line") this.conditions.push(this.#line(stage));
    else if (stage.kind === "filter") this.conditions.push(this.#filter(stage.filter));
    else if (stage.kind === "drop") for (const label of stage.labels) this.#made.set(label, "''");
    else this.#made.set(stage.label, `CASE WHEN contains(body, ${this.bind(stage.text)}) THEN 'true' ELSE 'false' END`);
  }

  /** The label of a record in SQL, as text; empty when it has none. */
  label(name: string): string {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const column = Object.hasOwn(labelColumns, name) ? labelColumns[name] : undefined;
    if (column !== undefined) return column;
    const cases = this.#resources.flatMap(({ id, stream, metadata }) => {
      const value = stream[name] ?? metadata[name];
      return value === undefined ? [] : [`WHEN ${id} THEN ${this.bind(value)}`];
    });
    const attribute = this.#attribute(name);
    return cases.length === 0 ? attribute : `CASE resource_id ${cases.join(" ")} ELSE ${attribute} END`;
  }

  /** Attributes keep their dots in the file, labels have none, so the key is found by what it looks like as a label. */
  #attribute(name: string): string {
    const wanted = this.bind(name);
    const key = `list_filter(json_keys(attributes), lambda k: k = ${wanted} OR regexp_replace(k, '[^a-zA-Z0-9_]', '_', 'g') = ${wanted})[1]`;
    const pointer = `'/' || replace(replace(${key}, '~', '~0'), '/', '~1')`;
    return `coalesce(json_extract_string(attributes, ${pointer}), '')`;
  }

  #among(ids: readonly number[]): string {
    return `resource_id IN (SELECT unnest(${this.bind(listValue([...ids]))}::INTEGER[]))`;
  }

  #line({ op, texts }: Stage & { kind: "line" }): string {
    const tests = texts.map((text) => {
      return op === "|=" || op === "!="
        ? `contains(body, ${this.bind(text)})`
        : `regexp_matches(body, ${this.bind(text)})`;
    });
    return `${op.startsWith("!") ? "NOT " : ""}(${tests.join(" OR ")})`;
  }

  #filter(filter: LabelFilter): string {
    if ("left" in filter) {
      return `(${this.#filter(filter.left)} ${filter.kind.toUpperCase()} ${this.#filter(filter.right)})`;
    }
    const value = this.label(filter.label);
    if (filter.kind === "number") {
      const op = filter.op === "==" ? "=" : filter.op;
      return `coalesce(TRY_CAST(${value} AS DOUBLE) ${op} ${this.bind(filter.value)}, false)`;
    }
    if (filter.op === "=" || filter.op === "!=") return `${value} ${filter.op} ${this.bind(filter.value)}`;
    return `${filter.op === "!~" ? "NOT " : ""}regexp_full_match(${value}, ${this.bind(filter.value)})`;
  }
}
