import type { FloatHistogram } from "@venturi/promql";
import { ByteReader, ByteWriter } from "./byte-numbers.js";
import { readTimes, writeTimes } from "./chunk-times.js";
import { readValues, writeValues } from "./chunk-values.js";
import { readHistograms, writeHistograms } from "./histogram-codec.js";

/** The bytes are described in docs/formats/store-file.md. */
const floatVersion = 2;
const histogramVersion = 3;

export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Parallel to `times`; where one is set, the value is ignored. Left out when there is none. */
  readonly histograms?: readonly (FloatHistogram | undefined)[];
}

const out = new ByteWriter(16 * 1024);

/**
 * @param samples at least one, times whole milliseconds in ascending order; when there are histograms, every sample is one
 */
export function encodeChunk(samples: Samples): Uint8Array {
  const { times, values, histograms } = samples;
  out.clear();
  out.byte(histograms === undefined ? floatVersion : histogramVersion);
  out.varint(times.length);
  writeTimes(out, times);
  if (histograms === undefined) writeValues(out, values);
  else writeHistograms(out, histograms as readonly FloatHistogram[]);
  return out.finish();
}

/** @throws {Error} when the bytes are not a chunk of a known version, or end early */
export function decodeChunk(bytes: Uint8Array): Samples {
  const version = bytes[0];
  if (version !== floatVersion && version !== histogramVersion) {
    throw new Error(`cannot read chunk: unknown version ${version}`);
  }
  const reader = new ByteReader(bytes, 1);
  const count = reader.varint();
  const times = readTimes(reader, count);
  if (version === histogramVersion)
    return { times, values: new Float64Array(count), histograms: readHistograms(reader, count) };
  const values = readValues(reader, count);
  if (reader.at > bytes.length) throw new Error("cannot read chunk: its bytes end early");
  return { times, values };
}
