import zlib from "node:zlib";
import { inflateFramedSnappy, inflateSnappy } from "./snappy.js";
import { inflateZstd } from "./zstd.js";

/** Inflates a body up to a bound; beyond it, fails with the code ERR_BUFFER_TOO_LARGE. */
export type Inflate = (body: Buffer, maxBytes: number) => Promise<Buffer>;
type ZlibCallback = (error: Error | null, result: Buffer) => void;
type AsyncZlib = (body: Buffer, options: { maxOutputLength: number }, callback: ZlibCallback) => void;
type SyncZlib = (body: Buffer, options: { maxOutputLength: number }) => Buffer;

/**
 * Below this a body is inflated on the spot: the trip to the thread pool costs more than the work itself.
 * The bound on the output keeps a bomb from holding the event loop.
 */
const SYNC_BODY_BYTES = 64 * 1024;
const SYNC_OUTPUT_BYTES = 1024 * 1024;

function inflater(sync: SyncZlib, async: AsyncZlib): Inflate {
  return async (body, maxBytes) => {
    if (body.length <= SYNC_BODY_BYTES) {
      try {
        return sync(body, { maxOutputLength: Math.min(maxBytes, SYNC_OUTPUT_BYTES) });
      } catch (error) {
        if (!isTooLarge(error) || maxBytes <= SYNC_OUTPUT_BYTES) throw error;
      }
    }
    return new Promise((resolve, reject) => {
      async(body, { maxOutputLength: maxBytes }, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
  };
}

/** By content encoding. */
export const INFLATERS: ReadonlyMap<string, Inflate> = new Map([
  ["gzip", inflater(zlib.gunzipSync, zlib.gunzip)],
  // The Collector, like HTTP, means the zlib format by "deflate".
  ["deflate", inflater(zlib.inflateSync, zlib.inflate)],
  ["zlib", inflater(zlib.inflateSync, zlib.inflate)],
  ["zstd", inflateZstd],
  ["snappy", inflateSnappy],
  ["x-snappy-framed", inflateFramedSnappy],
]);

export function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}
