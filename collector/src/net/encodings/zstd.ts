import { promisify } from "node:util";
import zlib from "node:zlib";
import { TooLargeError } from "./too-large.js";
import { windowDescriptor, type ZstdFrame, zstdFrames } from "./zstd-frames.js";

interface NativeOptions {
  readonly params?: Readonly<Record<number, number>>;
}

/** zstd came to node:zlib with Node 22.15; the types are those of Node 20. */
interface NativeZstd {
  readonly zstdDecompress?: (
    body: Uint8Array,
    options: { maxOutputLength: number },
    done: (error: Error | null, result: Buffer) => void,
  ) => void;
  readonly zstdCompress?: (
    body: Uint8Array,
    options: NativeOptions,
    done: (error: Error | null, result: Buffer) => void,
  ) => void;
  readonly zstdCompressSync?: (body: Uint8Array, options: NativeOptions) => Buffer;
  readonly constants: { readonly ZSTD_c_compressionLevel?: number };
}
const native = zlib as unknown as NativeZstd;

/**
 * Inflates a zstd body of any number of frames, up to `maxBytes`.
 * @throws TooLargeError above the bound, Error for a corrupt body
 */
export async function inflateZstd(body: Buffer, maxBytes: number): Promise<Buffer> {
  if (native.zstdDecompress !== undefined) {
    return promisify(native.zstdDecompress)(body, { maxOutputLength: maxBytes });
  }
  // Only those who are sent zstd pay for it.
  const { decompress, Decompress } = await import("fzstd");
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const take = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes > maxBytes) throw new TooLargeError(maxBytes);
    parts.push(part);
  };
  for (const frame of zstdFrames(body)) {
    if (frame.contentBytes !== undefined) {
      if (bytes + frame.contentBytes > maxBytes) throw new TooLargeError(maxBytes);
      const content = decompress(body.subarray(frame.start, frame.end), new Uint8Array(frame.contentBytes));
      take(content);
    } else new Decompress(take).push(withSmallWindow(body, frame), true);
  }
  return parts.length === 1 && parts[0] !== undefined ? asBuffer(parts[0]) : Buffer.concat(parts, bytes);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The decoder moves the whole window at each block, so a window larger than the content is costly. */
function withSmallWindow(body: Buffer, frame: ZstdFrame): Uint8Array {
  const bytes = Uint8Array.prototype.slice.call(body, frame.start, frame.end);
  if (frame.windowAt !== undefined && frame.mostBytes < frame.windowBytes) {
    bytes[frame.windowAt - frame.start] = windowDescriptor(frame.mostBytes);
  }
  return bytes;
}

/** zstd at a level of 1 to 22. */
export async function compressZstd(body: Uint8Array, level: number): Promise<Uint8Array> {
  if (native.zstdCompress !== undefined) return promisify(native.zstdCompress)(body, nativeOptions(level));
  return (await zstdCompressor(level))(body);
}

/** zstd on the spot, for who must keep an order; loads what it needs first. */
export async function zstdCompressor(level: number): Promise<(body: Uint8Array) => Uint8Array> {
  const { zstdCompressSync } = native;
  if (zstdCompressSync !== undefined) return (body) => zstdCompressSync(body, nativeOptions(level));
  const { Zstd } = await import("@hpcc-js/wasm-zstd");
  const zstd = await Zstd.load();
  return (body) => zstd.compress(body, level);
}

function nativeOptions(level: number): NativeOptions {
  const parameter = native.constants.ZSTD_c_compressionLevel;
  return parameter === undefined ? {} : { params: { [parameter]: level } };
}
