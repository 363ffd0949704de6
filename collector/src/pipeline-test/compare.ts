/** A difference: where, what was expected there and what is. */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

export type Mode = "contains" | "equals";

/**
 * How `actual` differs from `expected`. With `contains`, more keys and more elements are fine, and the elements of a list are
 * looked for in any order, each in another place; of the candidates the most alike tells the difference. Attributes have no
 * order in either mode.
 */
export function differences(expected: unknown, actual: unknown, mode: Mode, path = ""): Difference[] {
  if (isKeyed(expected) && isKeyed(actual)) {
    return objectDifferences(byKey(expected), byKey(actual), mode, path, (key) => `[${key}]`);
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [difference(path, expected, actual)];
    return mode === "equals" ? orderedDifferences(expected, actual, path) : foundDifferences(expected, actual, path);
  }
  if (isObject(expected)) {
    if (!isObject(actual)) return [difference(path, expected, actual)];
    return objectDifferences(expected, actual, mode, path, (key) => (path === "" ? key : `.${key}`));
  }
  return Object.is(expected, actual) ? [] : [difference(path, expected, actual)];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Keyed = readonly { readonly key: string; readonly value: unknown }[];

/** A list of attributes. */
function isKeyed(value: unknown): value is Keyed {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && typeof item.key === "string")
  );
}

function byKey(list: Keyed): Json {
  return Object.fromEntries(list.map(({ key, value }) => [key, value]));
}

function objectDifferences(
  expected: Json,
  actual: Json,
  mode: Mode,
  path: string,
  step: (key: string) => string,
): Difference[] {
  const found = Object.entries(expected).flatMap(([key, value]) => {
    const at = `${path}${step(key)}`;
    return key in actual ? differences(value, actual[key], mode, at) : [difference(at, value, undefined)];
  });
  if (mode === "contains") return found;
  const more = Object.keys(actual).filter((key) => !(key in expected));
  return [...found, ...more.map((key) => difference(`${path}${step(key)}`, undefined, actual[key]))];
}

function orderedDifferences(expected: readonly unknown[], actual: readonly unknown[], path: string): Difference[] {
  const length = Math.max(expected.length, actual.length);
  return Array.from({ length }, (_, index) => {
    const at = `${path}[${index}]`;
    if (index >= expected.length) return [difference(at, undefined, actual[index])];
    if (index >= actual.length) return [difference(at, expected[index], undefined)];
    return differences(expected[index], actual[index], "equals", at);
  }).flat();
}

/** Each expected element is paired with another actual one: first those that match, then the most alike. */
function foundDifferences(expected: readonly unknown[], actual: readonly unknown[], path: string): Difference[] {
  const rows = expected.map((item, row) =>
    actual
      .map((other, index) => differences(item, other, "contains", `${path}[${index}]`))
      .map((found, index) => ({ found, index, row })),
  );
  const taken = new Set<number>();
  const assigned = match(rows.map((row) => row.filter(({ found }) => found.length === 0).map(({ index }) => index)));
  for (const index of assigned) if (index !== undefined) taken.add(index);
  return expected.flatMap((item, row) => {
    if (assigned[row] !== undefined) return [];
    const left = (rows[row] ?? []).filter(({ index }) => !taken.has(index));
    const nearest = left.reduce<(typeof left)[number] | undefined>(
      (best, one) => (best === undefined || one.found.length < best.found.length ? one : best),
      undefined,
    );
    if (nearest === undefined) return [difference(`${path}[]`, item, undefined)];
    taken.add(nearest.index);
    return nearest.found;
  });
}

/** Pairs rows with columns so that as many as possible have one. Algorithm: augmenting paths (Kuhn). */
function match(candidates: readonly (readonly number[])[]): (number | undefined)[] {
  const ofColumn = new Map<number, number>();
  const seek = (row: number, seen: Set<number>): boolean => {
    for (const column of candidates[row] ?? []) {
      if (seen.has(column)) continue;
      seen.add(column);
      const other = ofColumn.get(column);
      if (other !== undefined && !seek(other, seen)) continue;
      ofColumn.set(column, row);
      return true;
    }
    return false;
  };
  candidates.forEach((_, row) => void seek(row, new Set()));
  const assigned: (number | undefined)[] = candidates.map(() => undefined);
  for (const [column, row] of ofColumn) assigned[row] = column;
  return assigned;
}

const SHOWN_CHARACTERS = 200;

function difference(path: string, expected: unknown, actual: unknown): Difference {
  return { path: path || "everything", expected: show(expected), actual: show(actual) };
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
