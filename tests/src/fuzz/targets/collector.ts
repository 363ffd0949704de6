import { connect } from "node:net";
import { jsonToProtobuf, readBatch, type Signal } from "@venturi/otlp";
import { parseSpans } from "../../../../collector/dist/receivers/zipkin/parse-spans.js";
import {
  addressOf,
  eventually,
  startTestCollector,
} from "../../../../collector/dist/testing/collector.test.fixture.js";
import type { Random } from "../../promql/random.js";
import { mutateProtobuf } from "../mutate-protobuf.js";
import { JSON_GRAMMAR, mutateText } from "../mutate-text.js";
import { mutated, withSelector } from "../mutated.js";
import { otlpSeeds, zipkinSeeds } from "../seeds.js";
import { must, type RunningTarget, unlessRefused } from "../target.js";
import { makeHttp } from "./plain-head.js";

const CONFIG = `
receivers:
  otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}
  zipkin: {endpoint: 127.0.0.1:0}
processors: {batch: {timeout: 20ms}}
connectors: {spanmetrics: {}}
exporters: {nop: {}, prometheus: {endpoint: 127.0.0.1:0}}
service:
  pipelines:
    traces: {receivers: [otlp, zipkin], processors: [batch], exporters: [nop, spanmetrics]}
    metrics: {receivers: [otlp], processors: [batch], exporters: [nop, prometheus]}
    metrics/spans: {receivers: [spanmetrics], exporters: [prometheus]}
    logs: {receivers: [otlp], processors: [batch], exporters: [nop]}
`;

const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];
const PROTOBUF = 0;
const JSON_TEXT = 3;
const ZIPKIN = 6;
const RAW = 7;

/** A running collector over real sockets: each body gets the status it deserves, and at the end the books balance. */
export async function start(): Promise<RunningTarget> {
  const seeds = await otlpSeeds();
  const running = await startTestCollector(CONFIG);
  const otlp = portOf(addressOf(running, "receiver otlp", "http"));
  const zipkin = portOf(addressOf(running, "receiver zipkin", "http"));
  const accepted = { traces: 0, metrics: 0, logs: 0 };
  const run = async (input: Buffer): Promise<boolean> => {
    const kind = (input[0] ?? 0) % (RAW + 1);
    const body = input.subarray(1);
    if (kind === RAW) {
      const statuses = await send(otlp, body);
      must(!statuses.some((status) => status >= 500 && status !== 501 && status !== 505), `answered ${statuses}`);
      return statuses.includes(200);
    }
    const { signal, items } = deserved(kind, body);
    const isZipkin = kind === ZIPKIN;
    const path = isZipkin ? "/api/v2/spans" : `/v1/${signal}`;
    const type = kind < JSON_TEXT ? "application/x-protobuf" : "application/json";
    const [status] = await send(isZipkin ? zipkin : otlp, post(path, type, body));
    const wanted = items === undefined ? 400 : isZipkin ? 202 : 200;
    must(status === wanted, `${path} answered ${status} to ${type} that deserves ${wanted}`);
    accepted[signal] += items ?? 0;
    return items !== undefined;
  };
  return {
    make: (random) => makeInput(random, seeds),
    run,
    finish: async () => {
      must(await run(withSelector(PROTOBUF, seeds.traces.protobuf[0] ?? Buffer.alloc(0))), "a good request failed");
      const pipelines = await eventually(() => {
        const books = running.ledger().pipelines;
        return books.every(isSettled) ? books : undefined;
      });
      for (const books of pipelines) {
        must(books.balanced, `the ledger of ${books.pipeline} does not balance`);
        const own = accepted[books.pipeline as Signal];
        if (own !== undefined) must(books.accepted === own, `${books.pipeline}: ${books.accepted} of ${own} accepted`);
      }
      const errors = running.lines.filter((line) => line.includes("cannot serve a request"));
      must(errors.length === 0, `the collector logged ${errors.length} failures, first: ${errors[0]}`);
    },
    close: () => running.shutdown(),
  };
}

type Books = ReturnType<Awaited<ReturnType<typeof startTestCollector>>["ledger"]>["pipelines"][number];

function isSettled({ exits, processors }: Books): boolean {
  const waits = Object.values(exits).some(({ queued }) => queued > 0);
  return !waits && Object.values(processors).every(({ held }) => held === 0);
}

function makeInput(random: Random, seeds: Awaited<ReturnType<typeof otlpSeeds>>): Buffer {
  const kind = random.below(RAW + 1);
  if (kind === RAW) {
    const stream = makeHttp(random).toString("latin1").replaceAll(" /a", " /v1/traces").replaceAll(" /b", " /v1/logs");
    return withSelector(kind, Buffer.from(stream, "latin1"));
  }
  const { protobuf, json } = seeds[SIGNALS[kind % SIGNALS.length] as Signal];
  if (kind < JSON_TEXT) return withSelector(kind, mutated(protobuf, random, mutateProtobuf));
  const texts = kind === ZIPKIN ? zipkinSeeds : json;
  return withSelector(
    kind,
    mutated(texts, random, (bytes, source, others) => mutateText(bytes, source, others, JSON_GRAMMAR)),
  );
}

/** `items` undefined: the body must be refused. */
function deserved(kind: number, body: Buffer): { signal: Signal; items: number | undefined } {
  if (kind === ZIPKIN) {
    return { signal: "traces", items: unlessRefused(["MalformedZipkinError"], () => parseSpans(body).length) };
  }
  const signal = SIGNALS[kind % SIGNALS.length] as Signal;
  const items = unlessRefused(["MalformedOtlpError"], () => {
    return readBatch(signal, kind < JSON_TEXT ? body : jsonToProtobuf(signal, body)).itemCount;
  });
  return { signal, items };
}

function post(path: string, type: string, body: Buffer): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** The statuses of all answers until the collector closes the connection. */
function send(port: number, bytes: Buffer): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))));
    socket.end(bytes);
  });
}
