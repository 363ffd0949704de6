import { jsonToProtobuf, readBatch, type Signal } from "@venturi/otlp";
import { JSON_GRAMMAR, mutateText } from "../mutate-text.js";
import { mutated, withSelector } from "../mutated.js";
import { otlpSeeds } from "../seeds.js";
import { must, type RunningTarget, unlessRefused } from "../target.js";
import { checkBatch, checkRoundTrip } from "./batch-promises.js";

const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];

/** OTLP/JSON: what is accepted is JSON, becomes a request that `readBatch` accepts, and keeps a batch's promises. */
export async function start(): Promise<RunningTarget> {
  const seeds = await otlpSeeds();
  return {
    make: (random) => {
      const index = random.below(SIGNALS.length);
      const { json } = seeds[SIGNALS[index] as Signal];
      return withSelector(
        index,
        mutated(json, random, (bytes, source, others) => mutateText(bytes, source, others, JSON_GRAMMAR)),
      );
    },
    run,
  };
}

function run(input: Buffer): boolean {
  const signal = SIGNALS[(input[0] ?? 0) % SIGNALS.length] as Signal;
  const json = input.subarray(1);
  const protobuf = unlessRefused(["MalformedOtlpError"], () => jsonToProtobuf(signal, json));
  if (protobuf === undefined) return false;
  must(isJson(json), "jsonToProtobuf accepts what is not JSON");
  const batch = readBatch(signal, protobuf);
  checkBatch(batch, protobuf);
  checkRoundTrip(batch, protobuf);
  return true;
}

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}
