import {
  type Batch,
  batchToBytes,
  concatBatches,
  forEachLogRecord,
  forEachMetric,
  forEachSpan,
  jsonToProtobuf,
  protobufToJson,
  readBatch,
  splitBatch,
  toPrometheus,
} from "@venturi/otlp";
import { must } from "../target.js";

/** Above this an accepted input is not cut into parts of few items: each part repeats what is around the items. */
const MAX_ITEMS_CUT = 300;

/** Reads everything of the batch in every way there is. @returns how many items the views showed */
export function readAll(batch: Batch): number {
  let items = 0;
  if (batch.signal === "traces") {
    forEachSpan(batch, (span, scope, resource) => {
      items++;
      void [span.name, span.traceId, span.traceIdBytes, span.spanId, span.parentSpanId, span.traceState, span.kind];
      void [span.startTimeUnixNano, span.endTimeUnixNano, span.durationNano, span.statusCode, span.statusMessage];
      void [span.flags, span.events, span.links, span.bytes, span.attributes.get("http.route")];
      void [span.attributes.toObject(), scope.name, scope.version, scope.attributes.toObject()];
      void [resource.attributes.toObject(), resource.schemaUrl];
    });
  } else if (batch.signal === "logs") {
    forEachLogRecord(batch, (log, scope, resource) => {
      items++;
      void [log.timeUnixNano, log.observedTimeUnixNano, log.severityNumber, log.severityText, log.body, log.bytes];
      void [log.traceId, log.spanId, log.eventName, log.flags, log.attributes.toObject()];
      void [scope.attributes.toObject(), resource.attributes.toObject()];
    });
  } else {
    forEachMetric(batch, (metric) => {
      items += metric.points.length;
    });
    toPrometheus(batch, { resourceToTelemetry: true });
  }
  return items;
}

/** What holds of every batch that `readBatch` made of `bytes`. @throws Broken */
export function checkBatch(batch: Batch, bytes: Uint8Array): void {
  const { signal, itemCount } = batch;
  const seen = readAll(batch);
  // A metric that has two kinds of data at once shows the last one only.
  if (signal === "metrics") must(seen <= itemCount, `views show ${seen} points of ${itemCount}`);
  else must(seen === itemCount, `views show ${seen} items of ${itemCount}`);
  const size = batch.slices.reduce((sum, slice) => sum + slice.length, 0);
  must(size === batch.byteLength, `byteLength ${batch.byteLength} of ${size}`);
  checkWhole(batch, "batchToBytes");
  if (itemCount <= MAX_ITEMS_CUT) checkParts(batch, 1 + (bytes.length % 3), 1 + (bytes.length % 2));
  const joined = concatBatches(signal, [batch, batch]);
  must(joined.itemCount === 2 * itemCount, `two of ${itemCount} items joined are ${joined.itemCount}`);
  checkWhole(joined, "concatBatches");
}

function checkParts(batch: Batch, maxItems: number, firstItems: number): void {
  const { signal, itemCount } = batch;
  const parts = splitBatch(batch, maxItems, firstItems);
  parts.forEach((part, index) => {
    const limit = index === 0 ? firstItems : maxItems;
    const fits = part.itemCount <= limit && (index === parts.length - 1 || part.itemCount === limit);
    must(fits, `part ${index} of ${parts.length} has ${part.itemCount} items, limit ${limit}`);
    checkWhole(part, "splitBatch");
  });
  const joined = concatBatches(signal, parts);
  must(joined.itemCount === itemCount, `parts have ${joined.itemCount} items of ${itemCount}`);
}

/** The bytes of the batch are a request that is accepted, with as many items. */
function checkWhole(batch: Batch, of: string): void {
  const bytes = batchToBytes(batch);
  must(bytes.length === batch.byteLength, `${of}: ${bytes.length} bytes, byteLength ${batch.byteLength}`);
  const again = readBatch(batch.signal, bytes);
  must(
    again.itemCount === batch.itemCount,
    `${of}: ${again.itemCount} items when read again, ${batch.itemCount} before`,
  );
}

/** To JSON, back, and to JSON again: the JSON stays, and what came back is accepted. @throws Broken */
export function checkRoundTrip(batch: Batch, bytes: Uint8Array): void {
  const { signal } = batch;
  const json = JSON.stringify(protobufToJson(signal, bytes));
  const back = jsonToProtobuf(signal, Buffer.from(json));
  const again = readBatch(signal, back);
  if (signal === "metrics") must(again.itemCount <= batch.itemCount, "the round trip through JSON made points");
  else must(again.itemCount === batch.itemCount, `${again.itemCount} items of ${batch.itemCount} after JSON`);
  const twice = JSON.stringify(protobufToJson(signal, back));
  if (twice === json) return;
  // An id that is there and empty is not written again.
  const fixed = JSON.stringify(protobufToJson(signal, jsonToProtobuf(signal, Buffer.from(twice))));
  must(fixed === twice && twice.length < json.length, "JSON changed on its way through protobuf");
}
