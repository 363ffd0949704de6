import { promisify } from "node:util";
import zlib from "node:zlib";
import { z } from "zod";
import { compressFramedSnappy, compressSnappy } from "./snappy.js";
import { compressZstd } from "./zstd.js";

export const compressionSchema = z
  .enum(["gzip", "zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "none", ""])
  .default("gzip");
export type Compression = z.infer<typeof compressionSchema>;
/** −1 is the default of zlib, −2 Huffman codes only; zstd takes 1 to 22, and its fastest for anything below. */
export const compressionParamsSchema = z.strictObject({ level: z.int().min(-2).max(22).default(-1) }).prefault({});

export type Compress = (body: Uint8Array) => Promise<Uint8Array>;

/** How to compress a body; undefined: not at all. */
export function compressor(compression: Compression, level: number): Compress | undefined {
  switch (compression) {
    case "none":
    case "":
      return undefined;
    case "zstd":
      return (body) => compressZstd(body, Math.max(1, level));
    case "snappy":
      return compressSnappy;
    case "x-snappy-framed":
      return compressFramedSnappy;
    case "gzip":
      return zlibCompressor(zlib.gzip, level);
    default:
      return zlibCompressor(zlib.deflate, level);
  }
}

type Zlib = (body: Uint8Array, options: zlib.ZlibOptions, done: (error: Error | null, result: Buffer) => void) => void;

function zlibCompressor(zlibCompress: Zlib, level: number): Compress {
  const run = promisify(zlibCompress) as (body: Uint8Array, options: zlib.ZlibOptions) => Promise<Buffer>;
  const options = level === -2 ? { strategy: zlib.constants.Z_HUFFMAN_ONLY } : { level: Math.min(9, level) };
  return (body) => run(body, options);
}
