import { type Batch, readBatch, type Signal } from "@venturi/otlp";
import { REQUESTS } from "../../../../otlp/dist/schema/requests.js";
import { validateMessage } from "../../../../otlp/dist/wire/validate.js";
import { FastValidator } from "../../../../otlp/dist/wire/wasm/fast-validate.js";
import { mutateProtobuf } from "../mutate-protobuf.js";
import { mutated } from "../mutated.js";
import { otlpSeeds } from "../seeds.js";
import { must, type RunningTarget, unlessRefused } from "../target.js";
import { checkBatch, checkRoundTrip, readAll } from "./batch-promises.js";

const REFUSALS = ["MalformedOtlpError"];

/** Export requests in protobuf: both validators agree, and what they accept keeps every promise of a batch. */
export async function start(signal: Signal): Promise<RunningTarget> {
  const seeds = (await otlpSeeds())[signal].protobuf;
  return {
    make: (random) => mutated(seeds, random, mutateProtobuf),
    run: (input) => run(signal, input),
  };
}

function run(signal: Signal, input: Buffer): boolean {
  const request = REQUESTS[signal];
  const slow = unlessRefused(REFUSALS, () => validateMessage(request, input, 0, input.length));
  const fast = FastValidator.shared()?.validate(request, input);
  must(fast === slow, `validateMessage counts ${slow}, WebAssembly ${fast}`);
  const batch = unlessRefused(REFUSALS, () => readBatch(signal, input));
  must(batch?.itemCount === slow, `validateMessage counts ${slow}, readBatch ${batch?.itemCount}`);
  if (batch === undefined) {
    // Views are bounded by themselves too, not only by readBatch.
    const unchecked: Batch = { signal, slices: [input], itemCount: 0, byteLength: input.length };
    unlessRefused(REFUSALS, () => readAll(unchecked));
    return false;
  }
  checkBatch(batch, input);
  checkRoundTrip(batch, input);
  return true;
}
