import { type DuckDBValue, listValue } from "@duckdb/node-api";
import type { Database } from "../database/database.js";

export interface TraceSearch {
  /** Any when left out. */
  readonly service?: string;
  readonly operation?: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly minDurationNs?: bigint;
  readonly maxDurationNs?: bigint;
  /** Every one must be on the same span, its process or one of its events. */
  readonly tags: Readonly<Record<string, string>>;
  readonly limit: number;
}

type Bind = (value: DuckDBValue) => string;

/** The search as conditions on a row of the spans table, every value bound. */
export async function searchConditions(
  database: Database,
  search: TraceSearch,
): Promise<{ conditions: string[]; values: DuckDBValue[] }> {
  const values: DuckDBValue[] = [search.startNs, search.endNs];
  const conditions = ["start_ns BETWEEN $1 AND $2"];
  const bind: Bind = (value) => `$${values.push(value)}`;
  if (search.service !== undefined) conditions.push(`service = ${bind(search.service)}`);
  if (search.operation !== undefined) conditions.push(`name = ${bind(search.operation)}`);
  if (search.minDurationNs !== undefined) conditions.push(`duration_ns >= ${bind(search.minDurationNs)}`);
  if (search.maxDurationNs !== undefined) conditions.push(`duration_ns <= ${bind(search.maxDurationNs)}`);
  for (const [key, value] of Object.entries(search.tags)) {
    const resourceIds = await matchingResources(database, key, value);
    conditions.push(tagCondition(key, value, resourceIds, bind));
  }
  return { conditions, values };
}

/**
 * Tags are compared as text, on the span, its process and its events, and on what Jaeger derives from OTLP's fields.
 * Looking for the text first spares reading the JSON of most spans, which takes ten times as long.
 */
function tagCondition(key: string, value: string, resourceIds: readonly number[], bind: Bind): string {
  const keyText = `${JSON.stringify(key)}:`;
  const candidates = [JSON.stringify(value), value, '{"$'].map(
    (text) => `contains(attributes, ${bind(keyText + text)})`,
  );
  const eventPath = bind(`/attributes${pointer(key)}`);
  const alternatives = [
    `((${candidates.join(" OR ")}) AND json_extract_string(attributes, ${bind(pointer(key))}) IN (${texts(value, bind)}))`,
    `(events IS NOT NULL AND contains(events, ${bind(keyText)})
      AND list_has_any(list_transform(json_extract(events, '$[*]'), lambda e: json_extract_string(e, ${eventPath})),
        [${texts(value, bind)}]))`,
  ];
  if (resourceIds.length > 0) {
    alternatives.push(`resource_id IN (SELECT unnest(${bind(listValue([...resourceIds]))}::INTEGER[]))`);
  }
  const scopePath = bind(`/scope/attributes${pointer(key)}`);
  alternatives.push(`(extra IS NOT NULL AND json_extract_string(extra, ${scopePath}) IN (${texts(value, bind)}))`);
  if (key === "event") alternatives.push(`list_contains(json_extract_string(events, '$[*].name'), ${bind(value)})`);
  const derived = derivedTag(key, value, bind);
  if (derived !== undefined) alternatives.push(derived);
  return `(${alternatives.join(" OR ")})`;
}

async function matchingResources(database: Database, key: string, value: string): Promise<number[]> {
  const values: DuckDBValue[] = [];
  const bind: Bind = (bound) => `$${values.push(bound)}`;
  const condition = `json_extract_string(attributes, ${bind(pointer(key))}) IN (${texts(value, bind)})`;
  const rows = await database.read(`SELECT id FROM resources WHERE ${condition}`, values);
  return rows.map((row) => Number(row.id));
}

/** A JSON pointer to a key at the top. */
function pointer(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** A tag's text in every form that is stored: values that JSON cannot tell apart are wrapped (`attribute-json.ts`). */
function texts(value: string, bind: Bind): string {
  const wrapped = ["$numberDouble", "$numberLong", "$binary"].map((kind) => JSON.stringify({ [kind]: value }));
  return [value, ...wrapped].map(bind).join(", ");
}

const kindNumbers: Readonly<Record<string, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

function derivedTag(key: string, value: string, bind: Bind): string | undefined {
  switch (key) {
    case "error":
      return value === "true" ? "status_code = 2" : value === "false" ? "status_code <> 2" : undefined;
    case "span.kind":
      return `kind = ${bind(kindNumbers[value] ?? -1)}`;
    case "otel.status_code":
      return `status_code = ${bind(value === "ERROR" ? 2 : value === "OK" ? 1 : -1)}`;
    case "otel.status_description":
      return `status_message = ${bind(value)}`;
    case "otel.scope.name":
      return `scope_name = ${bind(value)}`;
    case "otel.scope.version":
      return `scope_version = ${bind(value)}`;
    default:
      return undefined;
  }
}
