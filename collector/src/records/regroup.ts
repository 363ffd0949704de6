import { type Batch, type Signal, Writer } from "@venturi/otlp";
import { lend } from "../lease.js";
import type { ResourceHeader, ScopeHeader } from "./scope-header.js";

const NONE = -1;
/** Less than this is copied when it is done. */
const LENT_BYTES = 64 * 1024;
/** Writers that were given back and wait for use. */
const FREE_MAX = 8;

/**
 * Writes records taken out of requests as a new batch: each under copies of its resource and scope, neighbours of the same
 * scope together. Records keep their bytes; only the lengths around them are written anew.
 */
export class Regrouper {
  private readonly signal: Signal;
  private writer: Writer;
  private readonly free: Writer[] = [];
  private resource: ResourceHeader | undefined;
  private scope: ScopeHeader | undefined;
  private resourceStart = NONE;
  private scopeStart = NONE;
  private recordStart = NONE;
  private items = 0;

  constructor(signal: Signal, capacityBytes = 4096) {
    this.signal = signal;
    this.writer = new Writer(capacityBytes);
  }

  get itemCount(): number {
    return this.items;
  }

  /** Bytes written so far. */
  get byteLength(): number {
    return this.writer.byteLength;
  }

  /** Adds the whole records (tag and length included) in `start`…`end` of the scope's bytes: `count` items. */
  add(scope: ScopeHeader, start: number, end: number, count: number): void {
    this.open(scope);
    this.writer.rawRange(scope.bytes, start, end);
    this.items += count;
  }

  /** Begins one record that is written anew: until `closeRecord` its message goes to `openedRecord`. */
  openRecord(scope: ScopeHeader): void {
    this.open(scope);
    this.recordStart = this.writer.open(2);
  }

  get openedRecord(): Writer {
    return this.writer;
  }

  /** @param count How many items the record holds. */
  closeRecord(count = 1): void {
    this.writer.close(this.recordStart);
    this.items += count;
  }

  /** What was added, as a batch; the regrouper is empty again. Undefined when there is nothing. */
  finish(): Batch | undefined {
    this.endResource();
    const { items, writer } = this;
    this.items = 0;
    if (items === 0) {
      writer.reset();
      return undefined;
    }
    // The memory itself is handed on where it is well filled, and comes back when the batch was delivered: a fresh copy of
    // some megabytes costs more than writing them did.
    const isLent = writer.byteLength >= LENT_BYTES && 2 * writer.byteLength >= writer.capacity;
    const slice = isLent ? writer.written() : writer.finish();
    const batch = { signal: this.signal, slices: [slice], itemCount: items, byteLength: slice.length };
    if (isLent) this.lendWriter(batch);
    else writer.reset();
    return batch;
  }

  private lendWriter(batch: Batch): void {
    const { writer, free } = this;
    lend(batch, {
      release: () => {
        writer.reset();
        if (free.length < FREE_MAX) free.push(writer);
      },
    });
    this.writer = free.pop() ?? new Writer(writer.capacity);
  }

  private endResource(): void {
    this.closeScope();
    if (this.resourceStart !== NONE) this.writer.close(this.resourceStart);
    this.resourceStart = NONE;
    this.resource = undefined;
  }

  private open(scope: ScopeHeader): void {
    if (this.scope === scope) return;
    if (this.resource !== scope.resource) {
      this.endResource();
      this.resource = scope.resource;
      this.resourceStart = this.writer.open(1);
      this.writer.raw(scope.resource.fields);
    } else this.closeScope();
    this.scope = scope;
    this.scopeStart = this.writer.open(2);
    this.writer.raw(scope.fields);
  }

  private closeScope(): void {
    if (this.scopeStart !== NONE) this.writer.close(this.scopeStart);
    this.scopeStart = NONE;
    this.scope = undefined;
  }
}
