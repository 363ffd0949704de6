import { RowBuffer } from "../database/row-buffer.js";
import {
  exemplarTable,
  logTable,
  metadataTable,
  resourceTable,
  sampleLogTable,
  seriesTable,
  spanTable,
  type Table,
} from "../database/schema.js";
import { SampleLog } from "../metrics/sample-log.js";

/** Everything accepted since the last flush: one transaction's worth of rows. */
export class PendingWrites {
  readonly spans: RowBuffer = new RowBuffer(spanTable);
  readonly resources: RowBuffer = new RowBuffer(resourceTable);
  readonly logs: RowBuffer = new RowBuffer(logTable);
  readonly series: RowBuffer = new RowBuffer(seriesTable);
  readonly metadata: RowBuffer = new RowBuffer(metadataTable);
  readonly exemplars: RowBuffer = new RowBuffer(exemplarTable);
  readonly samples: SampleLog = new SampleLog();
  readonly #buffers: readonly RowBuffer[] = [
    this.spans,
    this.resources,
    this.logs,
    this.series,
    this.metadata,
    this.exemplars,
  ];

  get isEmpty(): boolean {
    return this.samples.count === 0 && this.#buffers.every((buffer) => buffer.rowCount === 0);
  }

  /** Roughly what this holds in memory. */
  get byteCount(): number {
    let bytes = this.samples.byteCount;
    for (const buffer of this.#buffers) bytes += buffer.textLength + buffer.rowCount * 200;
    return bytes;
  }

  /** After the rows are on disk. */
  release(): void {
    for (const buffer of this.#buffers) buffer.release();
  }

  /** @param sequence number of the sample log's row; later rows have higher ones */
  appends(sequence: bigint): (readonly [Table, RowBuffer])[] {
    const log = new RowBuffer(sampleLogTable);
    if (this.samples.count > 0) {
      log.push([sequence, BigInt(this.samples.maxMs), this.samples.bytes()]);
    }
    return [
      [resourceTable, this.resources],
      [spanTable, this.spans],
      [logTable, this.logs],
      [seriesTable, this.series],
      [metadataTable, this.metadata],
      [exemplarTable, this.exemplars],
      [sampleLogTable, log],
    ];
  }
}
