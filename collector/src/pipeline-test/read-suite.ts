import { readFile } from "node:fs/promises";
import { checkSchema } from "../config/check-schema.js";
import { ConfigError, type ConfigProblem } from "../config/config-error.js";
import type { Located, LocatedEntry } from "../config/located.js";
import { parseYaml } from "../config/parse-yaml.js";
import { type Suite, suiteSchema } from "./suite-schema.js";

/** Reads a suite. @throws ConfigError with every problem, each with its line. */
export async function readSuite(path: string): Promise<Suite> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const message = `cannot read suite "${path}": ${(error as Error).message}`;
    throw new ConfigError([{ place: undefined, path: "", message }], { cause: error });
  }
  const problems: ConfigProblem[] = [];
  const parsed = parseYaml(path, text, problems);
  const located = parsed === undefined ? undefined : withIdsAsText(parsed);
  const checked = located === undefined ? undefined : checkSchema(suiteSchema, located, [], problems);
  if (checked === undefined) throw new ConfigError(problems);
  return checked.config;
}

const IDS: ReadonlySet<string> = new Set([
  "traceId",
  "spanId",
  "parentSpanId",
  "trace_id",
  "span_id",
  "parent_span_id",
]);

/** `spanId: 0102030405060708` means those digits; YAML would read a number. */
function withIdsAsText(located: Located): Located {
  if (located.kind === "sequence") return { ...located, items: located.items.map(withIdsAsText) };
  if (located.kind !== "mapping") return located;
  const entries = [...located.entries].map(([key, { keyPlace, value }]): [string, LocatedEntry] => {
    const isId = value.kind === "scalar" && IDS.has(key) && typeof value.value === "number";
    return [key, { keyPlace, value: isId ? { ...value, value: value.text } : withIdsAsText(value) }];
  });
  return { ...located, entries: new Map(entries) };
}
