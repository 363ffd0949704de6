import { join } from "node:path";
import { crc32 } from "node:zlib";
import { decodeDone, KIND } from "./record.js";
import { type FoundRecord, scanSegment } from "./scan-segment.js";
import { Segment, segmentName } from "./segment.js";
import type { StoredBatch } from "./stored-batch.js";

/** What was found in the files of an earlier process. */
export interface Recovery {
  readonly segments: readonly Segment[];
  /** In the order of acceptance. */
  readonly batches: readonly StoredBatch[];
  /** Batches that were accepted and cannot be read any more. */
  readonly lost: { readonly batches: number; readonly items: number };
  /** One line for each damaged file. */
  readonly damages: readonly string[];
  readonly nextSeq: number;
  readonly itemsBefore: number;
}

/** Reads the headers of all records, and the marks. @throws Error of the file system. */
export function recover(folder: string, numbers: readonly number[]): Recovery {
  const finder = new Finder(folder);
  for (const number of [...numbers].sort((a, b) => a - b)) finder.segment(number);
  return finder.finish();
}

class Finder {
  private readonly folder: string;
  private readonly segments: Segment[] = [];
  private readonly found = new Map<number, StoredBatch>();
  private readonly done = new Map<number, number>();
  private readonly damages: string[] = [];
  /** Numbers that are missing between two records, with the items that they had together. */
  private readonly gaps: { from: number; to: number; items: number }[] = [];
  private lastSeq: number | undefined;
  private itemsBefore = 0;
  private tornBatches = 0;
  private tornItems = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  segment(number: number): void {
    const path = join(this.folder, segmentName(number));
    const { records, bytes, damagedBytes } = scanSegment(path);
    const segment = new Segment(this.folder, number, bytes);
    this.segments.push(segment);
    if (damagedBytes > 0) this.damages.push(`${path}: ${damagedBytes} bytes belong to no intact record`);
    for (const record of records) {
      const { kind } = record.header;
      if (kind === KIND.moved) this.batch(segment, record);
      else {
        this.follow(record);
        if (kind === KIND.batch) this.batch(segment, record);
        else if (kind === KIND.done) this.marks(segment, record);
      }
    }
    segment.close();
  }

  finish(): Recovery {
    const batches = [...this.found.values()].filter(({ seq }) => !this.done.has(seq)).sort((a, b) => a.seq - b.seq);
    let lostBatches = this.tornBatches;
    let lostItems = this.tornItems;
    for (const { from, to, items } of this.gaps) {
      let missing = items;
      for (let seq = from; seq <= to; seq++) {
        const known = this.done.get(seq) ?? this.found.get(seq)?.items;
        if (known === undefined) lostBatches++;
        else missing -= known;
      }
      lostItems += Math.max(0, missing);
    }
    return {
      segments: this.segments,
      batches,
      lost: { batches: lostBatches, items: lostItems },
      damages: this.damages,
      nextSeq: (this.lastSeq ?? 0) + 1,
      itemsBefore: this.itemsBefore,
    };
  }

  /** Every record but a moved one says how far the count was. */
  private follow({ header }: FoundRecord): void {
    const first = header.kind === KIND.batch ? header.seq : header.seq + 1;
    if (this.lastSeq !== undefined && first > this.lastSeq + 1) {
      this.gaps.push({ from: this.lastSeq + 1, to: first - 1, items: header.itemsBefore - this.itemsBefore });
    }
    this.lastSeq = header.seq;
    this.itemsBefore = header.itemsBefore + (header.kind === KIND.batch ? header.items : 0);
  }

  private batch(segment: Segment, { header, offset, torn }: FoundRecord): void {
    const { seq, items, pipelineBytes, payloadBytes, payloadCrc } = header;
    if (torn) {
      this.damages.push(`${segment.path}: the last batch (${items} items) was not written to its end`);
      if (header.kind === KIND.batch) {
        this.tornBatches++;
        this.tornItems += items;
      }
      return;
    }
    const pipeline = segment.read(offset, pipelineBytes).toString("utf8");
    const bytes = payloadBytes - pipelineBytes;
    this.found.set(seq, { seq, items, pipeline, bytes, segment, offset, payloadCrc });
  }

  private marks(segment: Segment, { header, offset, torn }: FoundRecord): void {
    const payload = torn ? undefined : segment.read(offset, header.payloadBytes);
    if (payload === undefined || crc32(payload) !== header.payloadCrc) {
      this.damages.push(`${segment.path}: a mark of delivered batches is damaged; they are sent again`);
      return;
    }
    for (const { seq, items } of decodeDone(payload)) this.done.set(seq, items);
  }
}
