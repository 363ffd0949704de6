import type { Batch, Signal } from "@venturi/otlp";
import { Regrouper } from "../../records/regroup.js";
import type { ResourceHeader, ScopeHeader } from "../../records/scope-header.js";
import { type RecordVisitor, walkRecords } from "../../records/walk-records.js";
import type { ProbabilisticSamplerConfig } from "./config.js";
import { Decider, Item } from "./decider.js";

/** What became of a batch. */
export interface Sampled {
  /** Undefined: nothing is left. */
  readonly kept: Batch | undefined;
  readonly droppedItems: number;
  /** How many items each policy kept and dropped. */
  readonly byPolicy: ReadonlyMap<string, { kept: number; dropped: number }>;
}

/** Decides about each item of a batch and writes what is kept. What depends on the signal is left to its heirs. */
export abstract class ItemSampler implements RecordVisitor {
  protected readonly item: Item = new Item();
  protected readonly decider: Decider;
  protected readonly kept: Regrouper;
  private at: ScopeHeader | undefined;
  private droppedItems = 0;
  private byPolicy = new Map<string, { kept: number; dropped: number }>();

  constructor(signal: Signal, config: ProbabilisticSamplerConfig) {
    this.decider = new Decider(config, signal === "logs");
    this.kept = new Regrouper(signal);
  }

  sample(batch: Batch): Sampled {
    this.droppedItems = 0;
    this.byPolicy = new Map();
    walkRecords(batch, this);
    const kept = this.kept.finish();
    return { kept, droppedItems: this.droppedItems, byPolicy: this.byPolicy };
  }

  resource(_header: ResourceHeader): void {}

  scope(header: ScopeHeader): void {
    this.at = header;
  }

  record(bytes: Uint8Array, recordStart: number, start: number, end: number): void {
    const { item } = this;
    const scope = this.at as ScopeHeader;
    item.reset();
    this.read(bytes, start, end);
    const isKept = this.decider.decide(item);
    let counts = this.byPolicy.get(item.policy);
    if (counts === undefined) this.byPolicy.set(item.policy, (counts = { kept: 0, dropped: 0 }));
    if (!isKept) {
      counts.dropped++;
      this.droppedItems++;
      return;
    }
    counts.kept++;
    if (!item.isRewritten) this.kept.add(scope, recordStart, end, 1);
    else {
      this.kept.openRecord(scope);
      this.rewrite(bytes, start, end);
      this.kept.closeRecord();
    }
  }

  /** Fills `item` from the message in `start`…`end`. */
  protected abstract read(bytes: Uint8Array, start: number, end: number): void;
  /** Writes the message with what `item` says. */
  protected abstract rewrite(bytes: Uint8Array, start: number, end: number): void;
}
