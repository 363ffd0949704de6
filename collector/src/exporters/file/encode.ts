import { type Batch, protobufToJson } from "@venturi/otlp";
import { zstdCompressor } from "../../net/encodings/zstd.js";
import { bytesOf } from "../../net/wire-cache.js";
import type { FileExporterConfig } from "./config.js";

/** A batch as one message of the file. */
export type Encode = (batch: Batch) => Uint8Array;

const NEWLINE = Buffer.from("\n");

/** JSON is a line; everything else stands behind its length, four bytes, the highest first. */
export async function encoder(config: FileExporterConfig): Promise<Encode> {
  const isJson = config.format === "json";
  const plain: Encode = isJson
    ? (batch) => Buffer.from(JSON.stringify(protobufToJson(batch.signal, bytesOf(batch))))
    : bytesOf;
  if (config.compression === "")
    return isJson ? (batch) => Buffer.concat([plain(batch), NEWLINE]) : behindLength(plain);
  const compress = await zstdCompressor(Math.max(1, config.compression_params.level));
  return behindLength((batch) => compress(plain(batch)));
}

function behindLength(encode: Encode): Encode {
  return (batch) => {
    const content = encode(batch);
    const message = Buffer.allocUnsafe(4 + content.length);
    message.writeUInt32BE(content.length);
    message.set(content, 4);
    return message;
  };
}
