import { type Batch, CHILDREN, Cursor, LEN, MessageEdit, RESOURCE_OR_SCOPE, type Signal } from "@venturi/otlp";
import { dataField, TransformContext } from "./context.js";

export interface ItemVisitor {
  /** A span, metric or log record. */
  item(context: TransformContext): void;
  /** A span event or data point in the item before. */
  part(context: TransformContext): void;
  /** After the last item of a resource, also when it had none. */
  endResource(context: TransformContext): void;
}

const EVENTS = 11;
const POINTS = 1;

/** Shows the items of batches to conditions that change nothing. */
export class ItemReader {
  private readonly context = new TransformContext();
  private readonly signal: Signal;
  private readonly readsParts: boolean;
  private readonly item = new MessageEdit();
  private readonly part = new MessageEdit();
  private readonly resources = new Cursor();
  private readonly scopes = new Cursor();
  private readonly items = new Cursor();
  private readonly parts = new Cursor();

  /** @param readsParts Whether the visitor wants to see span events or data points. */
  constructor(signal: Signal, readsParts: boolean) {
    this.signal = signal;
    this.readsParts = readsParts;
    const { context } = this;
    context.resourceLevel = new MessageEdit();
    context.scopeLevel = new MessageEdit();
    context.span = context.metric = context.log = this.item;
    context.event = context.point = this.part;
  }

  /** What the visitor throws ends the reading. */
  read(batch: Batch, visitor: ItemVisitor): void {
    for (const bytes of batch.slices) {
      const { resources } = this;
      resources.reset(bytes, 0, bytes.length);
      while (nextChild(resources, 1)) {
        this.readResource(bytes, resources.valueStart, resources.valueEnd, visitor);
        visitor.endResource(this.context);
      }
    }
  }

  private readResource(bytes: Uint8Array, start: number, end: number, visitor: ItemVisitor): void {
    const { context, scopes } = this;
    context.resource = context.resourceLevel.open(bytes, start, end).message(RESOURCE_OR_SCOPE);
    scopes.reset(bytes, start, end);
    while (nextChild(scopes, CHILDREN)) this.readScope(bytes, scopes.valueStart, scopes.valueEnd, visitor);
  }

  private readScope(bytes: Uint8Array, start: number, end: number, visitor: ItemVisitor): void {
    const { context, items, item, signal } = this;
    context.scope = context.scopeLevel.open(bytes, start, end).message(RESOURCE_OR_SCOPE);
    items.reset(bytes, start, end);
    while (nextChild(items, CHILDREN)) {
      item.open(bytes, items.valueStart, items.valueEnd);
      if (signal === "metrics") this.readMetric(visitor);
      else {
        this.show(visitor, false);
        if (signal === "traces" && this.readsParts) this.readParts(item, EVENTS, visitor);
      }
    }
  }

  private readMetric(visitor: ItemVisitor): void {
    const { context, item } = this;
    const holder = dataField(item);
    context.data = holder === 0 ? undefined : item.message(holder);
    this.show(visitor, false);
    const { data } = context;
    if (data !== undefined && this.readsParts) this.readParts(data, POINTS, visitor);
  }

  private readParts(within: MessageEdit, field: number, visitor: ItemVisitor): void {
    const { context, parts, part } = this;
    context.eventIndex = 0;
    parts.reset(within.bytes, within.start, within.end);
    while (nextChild(parts, field)) {
      part.open(within.bytes, parts.valueStart, parts.valueEnd);
      this.show(visitor, true);
      context.eventIndex++;
    }
  }

  private show(visitor: ItemVisitor, isPart: boolean): void {
    this.context.clearCache();
    if (isPart) visitor.part(this.context);
    else visitor.item(this.context);
  }
}

/** Moves to the next message in this field. */
function nextChild(cursor: Cursor, field: number): boolean {
  while (cursor.next()) {
    const isChild = cursor.field === field && cursor.wireType === LEN;
    cursor.skip();
    if (isChild) return true;
  }
  return false;
}
