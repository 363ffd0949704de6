/** What the renaming sees of a span. */
export interface SharedIdSpan {
  readonly id: string;
  readonly parentId: string;
  readonly isClient: boolean;
  readonly isServer: boolean;
  setId(id: string): void;
  setParentId(id: string): void;
}

/**
 * Zipkin's clients give the two sides of a call one span id; viewers want one id per span. So the server's side gets a
 * new id, the lowest that is free, and becomes the child of the client's side; its children follow.
 */
export function makeSpanIdsUnique(spans: readonly SharedIdSpan[]): void {
  const ofClients = new Set(spans.filter((span) => span.isClient).map((span) => span.id));
  const used = new Set(spans.map((span) => span.id));
  const renamed = new Map<string, string>();
  let last = 0n;
  for (const span of spans) {
    if (!span.isServer || !ofClients.has(span.id)) continue;
    let id: string;
    do id = (++last).toString(16).padStart(16, "0");
    while (used.has(id));
    renamed.set(span.id, id);
    span.setParentId(span.id);
    span.setId(id);
  }
  if (renamed.size === 0) return;
  for (const span of spans) {
    const parentId = renamed.get(span.parentId);
    if (parentId !== undefined && parentId !== span.id) span.setParentId(parentId);
  }
}
