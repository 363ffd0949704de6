import type { Segment } from "./segment.js";

/** A batch on disk. */
export interface StoredBatch {
  /** 1, 2, 3, … in the order of acceptance. */
  readonly seq: number;
  readonly items: number;
  readonly pipeline: string;
  /** Of the request's bytes. */
  readonly bytes: number;
  readonly payloadCrc: number;
  /** Where it is; that changes when an old segment is emptied. */
  segment: Segment;
  /** Of the payload. */
  offset: number;
}
