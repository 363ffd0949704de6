import type { Batch, Signal } from "@venturi/otlp";
import { Regrouper } from "../../records/regroup.js";
import type { ResourceHeader, ScopeHeader } from "../../records/scope-header.js";
import { type RecordVisitor, walkRecords } from "../../records/walk-records.js";
import type { HashRing } from "./hash-ring.js";

export interface Split {
  /** By the number of the backend in the ring; empty where nothing is for it. */
  readonly parts: readonly (Batch | undefined)[];
  /** Items without what they are to be routed by. */
  readonly unroutable: number;
}

/** Of an item that cannot be routed. */
export const NO_KEY = -1;

/**
 * Cuts a batch into one per backend, item by item, without decoding: neighbours for the same backend stay together under
 * copies of their resource and scope. What an item is routed by is left to heirs.
 */
export abstract class Splitter implements RecordVisitor {
  protected readonly signal: Signal;
  protected at: ScopeHeader | undefined;
  private ring: HashRing | undefined;
  private groups: Regrouper[] = [];
  private unroutable = 0;

  constructor(signal: Signal) {
    this.signal = signal;
  }

  split(batch: Batch, ring: HashRing): Split {
    this.ring = ring;
    this.unroutable = 0;
    while (this.groups.length < ring.endpoints.length) this.groups.push(new Regrouper(this.signal));
    walkRecords(batch, this);
    const parts = ring.endpoints.map((_, number) => this.groups[number]?.finish());
    return { parts, unroutable: this.unroutable };
  }

  abstract resource(header: ResourceHeader): void;

  scope(header: ScopeHeader): void {
    this.at = header;
  }

  abstract record(bytes: Uint8Array, recordStart: number, start: number, end: number): void;

  /** Gives a record of `items` items to the backend of a key with that CRC-32. */
  protected give(crc: number, recordStart: number, end: number, items: number): void {
    const group = this.groupOf(crc, items);
    if (group !== undefined) group.add(this.at as ScopeHeader, recordStart, end, items);
  }

  /** The group of the backend of a key; undefined, and counted, when it has none. */
  protected groupOf(crc: number, items: number): Regrouper | undefined {
    const group = crc === NO_KEY ? undefined : this.groups[this.ring?.ownerOf(crc) ?? NO_KEY];
    if (group === undefined) this.unroutable += items;
    return group;
  }

  protected ownerOf(crc: number): number {
    return this.ring?.ownerOf(crc) ?? NO_KEY;
  }
}
