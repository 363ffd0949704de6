import { type Compression, compressor } from "../../../../collector/dist/net/encodings/compress.js";
import { inflateBody } from "../../../../collector/dist/net/http-body.js";
import { mutateBytes } from "../mutate-bytes.js";
import { mutated, withSelector } from "../mutated.js";
import { otlpSeeds } from "../seeds.js";
import { must, type RunningTarget } from "../target.js";

const ENCODINGS: readonly Compression[] = ["gzip", "deflate", "zlib", "zstd", "snappy", "x-snappy-framed"];
/** Low, so that bombs are among the inputs. */
const MAX_BYTES = 64 * 1024;

/** Compressed bodies: at most the bound comes out, and only a BodyError is thrown. */
export async function start(): Promise<RunningTarget> {
  const { traces, logs } = await otlpSeeds();
  const plain = [...traces.protobuf, ...logs.json, Buffer.alloc(0), Buffer.alloc(MAX_BYTES + 1)];
  const seeds = await Promise.all(
    ENCODINGS.map((encoding) =>
      Promise.all(plain.map(async (body) => Buffer.from((await compressor(encoding, -1)?.([body])) ?? body))),
    ),
  );
  return {
    make: (random) => {
      const index = random.below(ENCODINGS.length);
      return withSelector(index, mutated(seeds[index] ?? [], random, mutateBytes));
    },
    run,
  };
}

async function run(input: Buffer): Promise<boolean> {
  const encoding = ENCODINGS[(input[0] ?? 0) % ENCODINGS.length] as Compression;
  try {
    const { length } = await inflateBody(encoding, input.subarray(1), MAX_BYTES);
    must(length <= MAX_BYTES, `${encoding}: ${length} bytes above the bound of ${MAX_BYTES}`);
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "BodyError") return false;
    throw error;
  }
}
