import { type Batch, BatchEditor, CHILDREN, MessageEdit, RESOURCE_OR_SCOPE } from "@venturi/otlp";
import { dataField, TransformContext } from "./context.js";
import type { ContextName } from "./contexts.js";

/** Runs for one item; answers whether it stays. */
export type VisitItem = (context: TransformContext) => boolean;

export interface WalkOptions {
  /** Items may be dropped or added. */
  readonly countChanges: boolean;
  /** What holds nothing any more goes too. */
  readonly dropEmpty: boolean;
}

const EVENTS = 11;
const POINTS = 1;
const isChild = (field: number): boolean => field === CHILDREN;
const isEvent = (field: number): boolean => field === EVENTS;
const isPoint = (field: number): boolean => field === POINTS;

/** Walks the items of a context in batches, lets a visitor change them, and answers the batch with the changes. */
export class ContextWalker {
  private readonly level: ContextName;
  private readonly context = new TransformContext();
  private readonly editor = new BatchEditor();
  /** The innermost message: moved from item to item. */
  private readonly leaf = new MessageEdit();

  constructor(level: ContextName) {
    this.level = level;
  }

  walk(batch: Batch, visit: VisitItem, options: WalkOptions): Batch {
    const { editor, context } = this;
    return editor.edit(batch, options.countChanges, () => {
      const { message } = editor.resource;
      context.resourceLevel = message;
      context.resource = message.message(RESOURCE_OR_SCOPE);
      if (this.level === "resource") return this.visitItem(visit) && (!options.dropEmpty || message.has(CHILDREN));
      this.walkScopes(visit, options.dropEmpty);
      return !options.dropEmpty || editor.resource.kept > 0;
    });
  }

  private visitItem(visit: VisitItem): boolean {
    this.context.clearCache();
    return visit(this.context);
  }

  private walkScopes(visit: VisitItem, dropEmpty: boolean): void {
    const { editor, context, level } = this;
    editor.walkScopes(() => {
      const { message } = editor.scope;
      context.scopeLevel = message;
      context.scope = message.message(RESOURCE_OR_SCOPE);
      if (level === "scope") return this.visitItem(visit) && (!dropEmpty || message.has(CHILDREN));
      if (level === "datapoint") this.walkPoints(visit, dropEmpty);
      else if (level === "spanevent") this.walkEvents(visit);
      else this.walkRecords(visit);
      return !dropEmpty || editor.scope.kept > 0;
    });
  }

  private walkRecords(visit: VisitItem): void {
    const { editor, context, leaf, level } = this;
    const { scope } = editor;
    context.span = context.log = context.metric = leaf;
    scope.walk(isChild, (field, bytes, recordStart, start, end) => {
      leaf.open(bytes, start, end);
      if (level === "metric") {
        const data = dataField(leaf);
        context.data = data === 0 ? undefined : leaf.message(data);
      }
      if (!this.visitItem(visit)) scope.drop(recordStart, end);
      else if (leaf.isChanged) scope.replace(field, recordStart, end, leaf);
      else scope.keep(field, bytes, recordStart, start, end);
      for (const metric of context.newMetrics.splice(0)) scope.add(CHILDREN, metric);
    });
  }

  private walkEvents(visit: VisitItem): void {
    const { editor, context, leaf } = this;
    const span = editor.level(2);
    context.span = span.message;
    context.event = leaf;
    editor.scope.walk(isChild, (field, bytes, recordStart, start, end) => {
      span.open(field, bytes, recordStart, start, end);
      context.eventIndex = 0;
      span.walk(isEvent, (eventField, _, eventStart, from, to) => {
        leaf.open(bytes, from, to);
        if (!this.visitItem(visit)) span.drop(eventStart, to);
        else if (leaf.isChanged) span.replace(eventField, eventStart, to, leaf);
        else span.keep(eventField, bytes, eventStart, from, to);
        context.eventIndex++;
      });
      span.close();
    });
  }

  private walkPoints(visit: VisitItem, dropEmpty: boolean): void {
    const { editor, context, leaf } = this;
    const metric = editor.level(2);
    const data = editor.level(3);
    context.metric = metric.message;
    context.data = data.message;
    context.point = leaf;
    editor.scope.walk(isChild, (field, bytes, recordStart, start, end) => {
      metric.open(field, bytes, recordStart, start, end);
      const holder = dataField(metric.message);
      let kept = 0;
      metric.walk(
        (one) => one === holder,
        (dataNumber, _, dataStart, from, to) => {
          data.open(dataNumber, bytes, dataStart, from, to);
          data.walk(isPoint, (pointField, __, pointStart, pointFrom, pointTo) => {
            leaf.open(bytes, pointFrom, pointTo);
            if (!this.visitItem(visit)) data.drop(pointStart, pointTo);
            else if (leaf.isChanged) data.replace(pointField, pointStart, pointTo, leaf);
            else data.keep(pointField, bytes, pointStart, pointFrom, pointTo);
          });
          kept += data.kept;
          // What was written cannot be taken back.
          if (dropEmpty && data.kept === 0) data.discard();
          else data.close();
        },
      );
      // As upstream a metric of no kind stays, and one without points goes also when it came so.
      if (dropEmpty && kept === 0 && holder !== 0) metric.discard();
      else metric.close();
    });
  }
}
