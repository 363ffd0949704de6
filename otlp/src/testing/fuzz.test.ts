import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { jsonToProtobuf } from "../json/json-to-protobuf.js";
import { protobufToJson } from "../json/protobuf-to-json.js";
import type { Batch } from "../model/batch.js";
import { MalformedOtlpError } from "../model/errors.js";
import type { Signal } from "../model/signal.js";
import { toPrometheus } from "../prometheus/to-prometheus.js";
import { forEachLogRecord } from "../views/for-each-log-record.js";
import { forEachSpan } from "../views/for-each-span.js";
import { readBatch } from "../wire/read-batch.js";
import { splitBatch } from "../wire/split-batch.js";
import { officialLogs, officialMetrics, officialTraces } from "./official.test.fixture.js";
import { seededRandom } from "./random.test.fixture.js";

const ROUNDS = 1500;

/** Changes up to four bytes, cuts, repeats or inserts a piece. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = () => Math.floor(random() * copy.length);
  switch (Math.floor(random() * 4)) {
    case 0:
      return copy.subarray(0, at());
    case 1: {
      const start = at();
      return Buffer.concat([copy.subarray(0, start), copy.subarray(at())]);
    }
    case 2: {
      const start = at();
      return Buffer.concat([copy.subarray(0, start), copy.subarray(start, start + 8), copy.subarray(start)]);
    }
    default:
      for (let count = 1 + random() * 3; count > 0; count--) copy[at()] = Math.floor(random() * 256);
      return copy;
  }
}

/** Reads everything that the batch has. */
function readAll(batch: Batch): void {
  if (batch.signal === "traces") {
    forEachSpan(batch, (span, scope, resource) => {
      JSON.stringify([span.name, span.traceId, span.parentSpanId, span.traceState, span.statusMessage]);
      void [span.durationNano, span.events, span.links, span.attributes.toObject(), span.attributes.get("http.route")];
      void [scope.attributes.toObject(), resource.attributes.toObject()];
    });
  } else if (batch.signal === "logs") {
    forEachLogRecord(batch, (log) => void [log.body, log.attributes.toObject(), log.traceId, log.severityText]);
  } else toPrometheus(batch, { resourceToTelemetry: true });
  const parts = splitBatch(batch, 1);
  expect(parts.reduce((sum, part) => sum + part.itemCount, 0)).toBe(batch.itemCount);
}

/** Runs `act` and answers whether the input was fine; anything but a MalformedOtlpError fails the test. */
function survives(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof MalformedOtlpError)) throw error;
    return false;
  }
}

const signals: [Signal, () => Promise<{ protobuf: Uint8Array; json: Uint8Array }>][] = [
  ["traces", async () => officialTraces(2)],
  ["metrics", () => officialMetrics(AggregationTemporality.CUMULATIVE)],
  ["logs", async () => officialLogs()],
];

describe.each(signals)("mutated %s", (signal, make) => {
  it("are read, or refused as malformed, from protobuf", async () => {
    const { protobuf } = await make();
    const random = seededRandom(1);
    let accepted = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = mutate(protobuf, random);
      const isFine = survives(() => readAll(readBatch(signal, bytes)));
      if (isFine) {
        accepted++;
        protobufToJson(signal, bytes);
      }
      // Views are bounded by themselves too, not only by readBatch.
      else survives(() => readAll({ signal, slices: [bytes], itemCount: 0, byteLength: bytes.length }));
    }
    expect(accepted).toBeGreaterThan(ROUNDS / 100);
    expect(accepted).toBeLessThan(ROUNDS);
  });

  it("are transcoded, or refused as malformed, from JSON", async () => {
    const { json } = await make();
    const random = seededRandom(2);
    let accepted = 0;
    for (let round = 0; round < ROUNDS; round++) {
      let transcoded: Uint8Array | undefined;
      const mutated = mutate(json, random);
      survives(() => {
        transcoded = jsonToProtobuf(signal, mutated);
      });
      if (transcoded === undefined) continue;
      accepted++;
      readAll(readBatch(signal, transcoded));
    }
    expect(accepted).toBeGreaterThan(ROUNDS / 100);
    expect(accepted).toBeLessThan(ROUNDS);
  });
});
