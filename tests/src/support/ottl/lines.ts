type Level = Readonly<Record<string, unknown>>;

interface KeyValue {
  readonly key: string;
  readonly value: unknown;
}

/**
 * An item of `TwoCollectors.items` as lines: one for each of its attributes, and one for the rest of it, so that a difference
 * says which statement it is about. `labels` are the sources of attributes that statements made.
 */
export function attributeLines(items: readonly string[], labels: ReadonlyMap<string, string> = new Map()): string[] {
  return items.flatMap((text) => {
    const { item, ...outer } = JSON.parse(text) as { item: Level };
    const attributes = (item.attributes ?? []) as readonly KeyValue[];
    const idOf = attributes.find(({ key }) => key === "id")?.value as { stringValue?: string } | undefined;
    const id = idOf?.stringValue ?? "?";
    const own = attributes.map(({ key, value }) => `${id} | ${labels.get(key) ?? key} | ${JSON.stringify(value)}`);
    return [...own, `${id} | ${JSON.stringify({ ...outer, item: { ...item, attributes: [] } })}`];
  });
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
