interface KeyValue {
  readonly key: string;
  readonly value: unknown;
}

type Labels = ReadonlyMap<string, string>;

/**
 * Items of `TwoCollectors.items` as lines, one for each attribute and each field, so that a difference says which statement it
 * is about. `labels` are the sources of attributes that statements made.
 */
export function itemLines(items: readonly string[], labels: Labels = new Map()): string[] {
  return items.flatMap((text) => {
    const parsed = JSON.parse(text) as { readonly item: { readonly attributes?: readonly KeyValue[] } };
    const idOf = parsed.item.attributes?.find(({ key }) => key === "id")?.value as { stringValue?: string } | undefined;
    return leaves(parsed, idOf?.stringValue ?? "?", labels);
  });
}

function leaves(value: unknown, path: string, labels: Labels): string[] {
  if (typeof value !== "object" || value === null) return [`${path} = ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${path} = ${JSON.stringify(value)}`];
  if (Array.isArray(value) && value.every(isKeyValue)) {
    return value.map(({ key, value: inner }) => `${path} | ${labels.get(key) ?? key} = ${JSON.stringify(inner)}`);
  }
  return entries.flatMap(([key, inner]) => leaves(inner, `${path}.${key}`, labels));
}

function isKeyValue(item: unknown): item is KeyValue {
  return typeof item === "object" && item !== null && "key" in item && "value" in item;
}

/** Statements that set an attribute to each expression, and what each attribute stands for. */
export function collecting(
  target: string,
  expressions: readonly string[],
): { readonly statements: string[]; readonly labels: Map<string, string> } {
  const labels = new Map<string, string>();
  const statements = expressions.map((expression, index) => {
    const key = `r${index}`;
    labels.set(key, expression);
    return `set(${target}["${key}"], ${expression})`;
  });
  return { statements, labels };
}
