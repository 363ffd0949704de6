import type { Transform } from "node:stream";
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

/** Compresses a body that is in one or more pieces. */
export type Compress = (pieces: readonly Uint8Array[]) => Promise<Uint8Array>;

/** How to compress a body; undefined: not at all. */
export function compressor(compression: Compression, level: number): Compress | undefined {
  switch (compression) {
    case "none":
    case "":
      return undefined;
    case "zstd":
      return (pieces) => compressZstd(joined(pieces), Math.max(1, level));
    case "snappy":
      return (pieces) => compressSnappy(joined(pieces));
    case "x-snappy-framed":
      return (pieces) => compressFramedSnappy(joined(pieces));
    case "gzip":
      return zlibCompressor(zlib.createGzip, level);
    default:
      return zlibCompressor(zlib.createDeflate, level);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

/** Telemetry compresses to about an eighth: the output of a usual batch is one or two chunks. */
const CHUNK_BYTES = 512 * 1024;

/** Feeds the pieces to one stream: joining them first would copy megabytes into memory that is garbage right after. */
function zlibCompressor(create: (options: zlib.ZlibOptions) => Transform, level: number): Compress {
  const shape = level === -2 ? { strategy: zlib.constants.Z_HUFFMAN_ONLY } : { level: Math.min(9, level) };
  return (pieces) =>
    new Promise((resolve, reject) => {
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const stream = create({ ...shape, chunkSize: Math.min(CHUNK_BYTES, Math.max(1024, bytes)) });
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("error", reject);
      stream.once("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
      for (const piece of pieces) stream.write(piece);
      stream.end();
    });
}
