import { readBatch } from "@venturi/otlp";
import { parseSpans } from "../../../../collector/dist/receivers/zipkin/parse-spans.js";
import { translateSpans } from "../../../../collector/dist/receivers/zipkin/translate.js";
import { JSON_GRAMMAR, mutateText } from "../mutate-text.js";
import { mutated } from "../mutated.js";
import { zipkinSeeds } from "../seeds.js";
import { must, type RunningTarget, unlessRefused } from "../target.js";
import { checkBatch } from "./batch-promises.js";

/** Zipkin v2 JSON: every span that is accepted is one of a valid OTLP request. */
export async function start(): Promise<RunningTarget> {
  return {
    make: (random) =>
      mutated(zipkinSeeds, random, (bytes, source, others) => mutateText(bytes, source, others, JSON_GRAMMAR)),
    run,
  };
}

function run(input: Buffer): boolean {
  const spans = unlessRefused(["MalformedZipkinError"], () => parseSpans(input));
  if (spans === undefined) return false;
  const protobuf = translateSpans(spans, input.length % 2 === 0);
  const batch = readBatch("traces", protobuf);
  must(batch.itemCount === spans.length, `${spans.length} zipkin spans became ${batch.itemCount}`);
  checkBatch(batch, protobuf);
  return true;
}
