/**
 * A program that writes to a store until it is killed, and says on standard output what was acknowledged: `sent N` before
 * a write, `acked N MS` when it was accepted, `flushed N` when everything up to N was said to be on disk, `refused TEXT`.
 * Arguments: the file, the number of the first batch.
 */
import { jsonToProtobuf, readBatch } from "@venturi/otlp";
import { openStore } from "@venturi/store";

const [path = "", first = "1"] = process.argv.slice(2);
const spansPerBatch = 100;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

// Checkpoints come often, so that kills fall into them too.
const store = await openStore({ path, checkpointWalBytes: 512 * 1024, log: (line) => say(`log ${line}`) });
say("open");
let lastMs = 0;
for (let batch = Number(first); ; batch++) {
  say(`sent ${batch}`);
  try {
    await store.write(spansOf(batch));
    await store.write(sampleOf(batch));
    say(`acked ${batch} ${Date.now()}`);
    if (batch % 20 === 0) {
      await store.flush();
      say(`flushed ${batch}`);
    }
  } catch (error) {
    say(`refused ${(error as Error).message}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function spansOf(batch: number) {
  const startTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const spans = Array.from({ length: spansPerBatch }, (_, index) => ({
    traceId: batch.toString(16).padStart(32, "0"),
    spanId: (batch * spansPerBatch + index).toString(16).padStart(16, "0"),
    name: `operation ${index % 7}`,
    kind: 2,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
    attributes: [{ key: "url.path", value: { stringValue: `/orders/${batch}/${index}` } }],
  }));
  return read("traces", { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

/** One sample of one series, whose value is the batch's number. */
function sampleOf(batch: number) {
  lastMs = Math.max(lastMs + 1, Date.now());
  const point = { timeUnixNano: `${lastMs}000000`, asInt: String(batch) };
  const metric = { name: "crash_batch", gauge: { dataPoints: [point] } };
  return read("metrics", { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
}

function read(signal: "traces" | "metrics", request: object) {
  return readBatch(signal, jsonToProtobuf(signal, Buffer.from(JSON.stringify(request))));
}
