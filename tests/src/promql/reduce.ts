import { type Expr, type ParserFeatures, PromqlError, parse, toText } from "@venturi/promql";

/** Queries that are a step smaller: a part in the place of the whole, modifiers and matchers left out. */
export function smallerQueries(query: string, features: ParserFeatures): string[] {
  let expr: Expr;
  try {
    expr = parse(query, features);
  } catch (error) {
    if (error instanceof PromqlError) return [];
    throw error;
  }
  const texts = new Set<string>();
  for (const smaller of reductions(expr)) {
    const text = toText(smaller);
    if (text.length < query.length) texts.add(text);
  }
  return [...texts].sort((a, b) => a.length - b.length);
}

/** Everything that one replacement in the tree can make of an expression. */
function reductions(expr: Expr): Expr[] {
  const own = [...partsOf(expr), ...simplified(expr)];
  for (const [key, child] of children(expr)) {
    for (const smaller of reductions(child)) own.push(replaced(expr, key, smaller));
  }
  return own;
}

type Key = readonly [field: string, index: number | undefined];

function children(expr: Expr): [Key, Expr][] {
  const found: [Key, Expr][] = [];
  for (const [field, value] of Object.entries(expr)) {
    if (Array.isArray(value)) {
      for (const [i, one] of value.entries()) if (isExpr(one)) found.push([[field, i], one]);
    } else if (isExpr(value)) found.push([[field, undefined], value]);
  }
  return found;
}

function isExpr(value: unknown): value is Expr {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    "start" in value &&
    !("op" in value && "value" in value)
  );
}

function replaced(expr: Expr, [field, index]: Key, by: Expr): Expr {
  if (index === undefined) return { ...expr, [field]: by } as Expr;
  const list = (expr as unknown as Record<string, Expr[]>)[field] ?? [];
  return { ...expr, [field]: list.map((one, i) => (i === index ? by : one)) } as Expr;
}

function partsOf(expr: Expr): Expr[] {
  return children(expr).map(([, child]) => child);
}

function simplified(expr: Expr): Expr[] {
  if (expr.kind === "vector-selector") {
    const { at: _at, extension: _extension, ...rest } = expr;
    const fewer = expr.matchers
      .filter(({ name }) => name !== "__name__")
      .map((one): Expr => ({ ...expr, matchers: expr.matchers.filter((other) => other !== one) }));
    return [{ ...rest, offsetMs: 0 }, { ...expr, offsetMs: 0 }, ...fewer];
  }
  if (expr.kind === "subquery") {
    const { at: _at, ...rest } = expr;
    return [{ ...rest, offsetMs: 0 }];
  }
  return expr.kind === "aggregate" && expr.grouping.length > 0 ? [{ ...expr, grouping: [], without: false }] : [];
}
