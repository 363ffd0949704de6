import type { Matcher } from "@venturi/promql";
import type { MetricStore } from "../../../metrics/metric-store.js";
import { type BodyStream, type Reply, textReply, wrongMethod } from "../../reply.js";
import type { Request } from "../../request.js";
import { parsedSelector, SelectorError } from "../selectors.js";
import { type ExpositionFormat, negotiate } from "./negotiate.js";
import { familiesOf, type NewestSample, newestSamples } from "./newest-samples.js";
import { familyBytes } from "./protobuf-format.js";
import { familyText } from "./text-format.js";

const chunkLength = 65_536;

/**
 * `/federate`: the newest sample of every series that some `match[]` selects, as text or protobuf. The text format has no
 * native histograms with exponential buckets; they are left out of it, as by Prometheus.
 */
export async function federate(request: Request, metrics: MetricStore, nowMs: number): Promise<Reply> {
  if (request.method !== "GET") return wrongMethod(["GET"]);
  const { formProblem } = request;
  if (formProblem !== undefined) return textReply(400, `error parsing form values: ${formProblem}\n`);
  let selectors: (readonly Matcher[])[];
  try {
    selectors = request.urlParameters.getAll("match[]").map(parsedSelector);
  } catch (cause) {
    if (cause instanceof SelectorError) return textReply(400, `${cause.message}\n`);
    throw cause;
  }
  const format = negotiate(request.headers.accept);
  const samples = await newestSamples(metrics, selectors, nowMs);
  const body = format.isProtobuf ? protobufBody(samples, format) : textBody(samples, format);
  return { status: 200, headers: { "content-type": format.contentType }, body };
}

async function* textBody(samples: readonly NewestSample[], { escaping }: ExpositionFormat): BodyStream {
  let text = "";
  for (const family of familiesOf(samples, false)) {
    text += familyText(family, escaping);
    if (text.length < chunkLength) continue;
    yield text;
    text = "";
  }
  yield text;
}

async function* protobufBody(samples: readonly NewestSample[], { escaping }: ExpositionFormat): BodyStream {
  for (const family of familiesOf(samples, true)) yield familyBytes(family, escaping);
}
