import type { ZodType, z } from "zod";
import type { ConfigProblem } from "./config-error.js";
import { formatPath, type Located, type LocatedEntry, type Path, placeAt, toPlain, valueAt } from "./located.js";
import { keysAt } from "./schema-keys.js";
import { suggest } from "./suggest.js";

/** Validates the part of a configuration at `path` by its schema. Problems are appended; undefined when there were any. */
export function checkSchema<Config>(
  schema: ZodType<Config>,
  root: Located,
  path: Path,
  problems: ConfigProblem[],
): { readonly config: Config } | undefined {
  const located = valueAt(root, path);
  const parse = (input: Located | undefined) => schema.safeParse(toPlain(input) ?? {});
  let result = parse(located);
  if (!result.success && located !== undefined) {
    // A string option takes the text of a number that came out of a variable: `password: ${env:PIN}`.
    const asText = textForStrings(located, result.error.issues);
    if (asText !== located) result = parse(asText);
  }
  if (result.success) return { config: result.data };
  const found = result.error.issues.flatMap((issue) => explain(issue, schema, root, path, located));
  // A misspelt key explains why the right one is missing: that is one problem, not two.
  const meant = new Set(found.map((one) => (one.suggestion === undefined ? "" : sibling(one.path, one.suggestion))));
  problems.push(...found.filter((one) => one.suggestion !== undefined || !meant.has(one.path)));
  return undefined;
}

function sibling(path: string, key: string): string {
  return [...path.split("::").slice(0, -1), key].join("::");
}

function explain(
  issue: z.core.$ZodIssue,
  schema: ZodType,
  root: Located,
  base: Path,
  located: Located | undefined,
): ConfigProblem[] {
  const inner = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  const path = [...base, ...inner];
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, inner);
    return issue.keys.map((key) => {
      const suggestion = suggest(key, known);
      const list = suggestion === undefined && known.length > 0 ? `; known keys: ${known.join(", ")}` : "";
      return {
        place: placeAt(root, [...path, key], "key"),
        path: formatPath([...path, key]),
        message: `unknown key "${key}"${list}`,
        ...(suggestion === undefined ? {} : { suggestion }),
      };
    });
  }
  const branch = meantBranch(issue);
  if (branch !== undefined) {
    return branch.flatMap((one) => {
      const whole = { ...one, path: [...issue.path, ...one.path] } as z.core.$ZodIssue;
      return explain(whole, schema, root, base, located);
    });
  }
  const value = valueAt(located, inner);
  return [{ place: placeAt(root, path), path: formatPath(path), ...describe(issue, value) }];
}

/** Where an option may have several forms: the problems of the form that the value has. */
function meantBranch(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] | undefined {
  if (issue.code !== "invalid_union") return undefined;
  return issue.errors.find((branch) => branch.every((one) => one.path.length > 0 || one.code !== "invalid_type"));
}

function describe(issue: z.core.$ZodIssue, value: Located | undefined): { message: string; suggestion?: string } {
  const written = value === undefined || value.kind !== "scalar" ? value?.kind : JSON.stringify(toPlain(value));
  if (issue.code === "invalid_type") {
    return value === undefined
      ? { message: "required, but missing" }
      : { message: `expected ${issue.expected}, got ${written}` };
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    const suggestion = value?.kind === "scalar" ? suggest(value.text, values) : undefined;
    const message = `expected one of ${values.map((v) => JSON.stringify(v)).join(", ")}, got ${written}`;
    return suggestion === undefined ? { message } : { message, suggestion };
  }
  if (issue.code === "too_small" && value !== undefined) {
    return { message: `${written} is too small; the least is ${String(issue.minimum)}` };
  }
  if (issue.code === "too_big" && value !== undefined) {
    return { message: `${written} is too large; the most is ${String(issue.maximum)}` };
  }
  if (issue.code === "invalid_union") return { message: `unexpected value ${written}` };
  return { message: issue.message };
}

function textForStrings(located: Located, issues: readonly z.core.$ZodIssue[]): Located {
  let result = located;
  for (const issue of issues) {
    if (issue.code !== "invalid_type" || issue.expected !== "string") continue;
    result = replaceByText(result, issue.path.map(String));
  }
  return result;
}

function replaceByText(located: Located, path: readonly string[]): Located {
  const [step, ...rest] = path;
  if (step === undefined) {
    return located.kind === "scalar" && located.expanded && located.value !== null
      ? { ...located, value: located.text }
      : located;
  }
  if (located.kind === "sequence") {
    const items = located.items.map((item, index) => (index === Number(step) ? replaceByText(item, rest) : item));
    return { ...located, items };
  }
  if (located.kind !== "mapping") return located;
  const entry = located.entries.get(step);
  if (entry === undefined) return located;
  const replaced: LocatedEntry = { keyPlace: entry.keyPlace, value: replaceByText(entry.value, rest) };
  return { ...located, entries: new Map(located.entries).set(step, replaced) };
}
