import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { cpuUsage } from "node:process";
import type { Case, Ports } from "./cases.js";
import { CollectorProcess } from "./collector-process.js";
import type { Corpus } from "./corpus.js";
import { grpcSender } from "./grpc-sender.js";
import { httpSender, type Sender } from "./http-sender.js";
import { type Sink, startSink } from "./sink.js";

export interface Measurement {
  readonly case: string;
  readonly collector: string;
  readonly spans: number;
  readonly cpuSeconds: number;
  readonly spansPerCpuSecond: number;
  readonly wallSeconds: number;
  /** Until the last request was answered; `wallSeconds` goes on until all has come out. */
  readonly sendSeconds: number;
  /** CPU time meanwhile of this process, which sends and receives what was sent. */
  readonly senderCpuSeconds: number;
  readonly peakRssBytes: number;
  /** At the sink, with those of the warm-up. */
  readonly delivered: number;
  readonly deliveredBytes: number;
  readonly calls: number | undefined;
}

export interface Contender {
  readonly name: string;
  readonly ours: boolean;
  command(configPath: string): readonly string[];
}

/**
 * Starts the collector, warms it with a fifth of the spans, then measures its CPU time from the first of `spans` sent to
 * the last delivered. @throws Error when something does not arrive
 */
export async function runCase(
  one: Case,
  contender: Contender,
  corpus: Corpus,
  spans: number,
  folder: string,
): Promise<Measurement> {
  const sink = await startSink(one.protocol);
  const ports: Ports = {
    receive: await freePort(),
    sink: sink.port,
    prometheus: await freePort(),
    telemetry: await freePort(),
  };
  const configPath = join(folder, `${one.name}-${contender.name}.yaml`);
  await writeFile(configPath, one.config(ports, contender.ours));
  const process = new CollectorProcess(contender.command(configPath));
  let sender: Sender | undefined;
  try {
    await process.listening(ports.receive);
    sender = await (one.protocol === "http" ? httpSender : grpcSender)(ports.receive, corpus.bodies);
    const requests = Math.ceil(spans / corpus.spansPerRequest);
    const warmUp = Math.ceil(requests / 5);
    const perRequest = corpus.spansPerRequest;
    await sender.send(warmUp);
    await arrived(one, ports, sink, warmUp * perRequest);
    const before = await process.usage();
    const startMs = performance.now();
    const startCpu = cpuUsage();
    await sender.send(requests);
    const sendSeconds = (performance.now() - startMs) / 1000;
    const { user, system } = cpuUsage(startCpu);
    const calls = await arrived(one, ports, sink, (warmUp + requests) * perRequest);
    const wallSeconds = (performance.now() - startMs) / 1000;
    const after = await process.usage();
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    const sent = requests * perRequest;
    return {
      case: one.name,
      collector: contender.name,
      spans: sent,
      cpuSeconds,
      spansPerCpuSecond: sent / cpuSeconds,
      wallSeconds,
      sendSeconds,
      senderCpuSeconds: (user + system) / 1e6,
      peakRssBytes: after.peakRssBytes,
      delivered: sink.received.spans,
      deliveredBytes: sink.received.bytes,
      calls,
    };
  } catch (error) {
    throw new Error(`${one.name} with ${contender.name}: ${(error as Error).message}\n${process.log.slice(-2000)}`, {
      cause: error,
    });
  } finally {
    sender?.close();
    await process.stop();
    sink.close();
  }
}

const patienceMs = 120_000;
/** The connector's `metrics_flush_interval` and a little. */
const FLUSH_MS = 5500;

/** Resolves when all that was sent came out, with the sum of `calls` when the case has it. */
async function arrived(one: Case, ports: Ports, sink: Sink, sent: number): Promise<number | undefined> {
  const untilMs = performance.now() + patienceMs;
  let calls: number | undefined;
  let asked = 0;
  let steadySpans = -1;
  let steadySinceMs = 0;
  for (;;) {
    const spansThere = !one.delivers.spans || sink.received.spans === sent;
    if (sink.received.spans > sent) throw new Error(`${sink.received.spans} of ${sent} spans delivered: some twice`);
    if (one.delivers.calls && spansThere && asked++ > 0) calls = await sumOfCalls(ports.prometheus);
    const callsThere = !one.delivers.calls || calls === sent;
    if (sink.received.spans !== steadySpans) {
      steadySpans = sink.received.spans;
      steadySinceMs = performance.now();
    }
    // A sampler decides 2 s after the last span; a batch leaves at the latest 0.2 s after.
    const sampledThere = !one.delivers.sampled || (steadySpans > 0 && performance.now() - steadySinceMs > 4000);
    if (spansThere && callsThere && sampledThere) return calls;
    if (performance.now() > untilMs)
      throw new Error(`${sink.received.spans} spans and ${calls} calls of ${sent} arrived`);
    // A scrape costs the collector time: none before the connector has flushed again.
    await new Promise((resolve) => setTimeout(resolve, one.delivers.calls && spansThere ? FLUSH_MS : 20));
  }
}

/** @returns undefined when the exposition was cut: otelcol ends one that takes long */
async function sumOfCalls(port: number): Promise<number | undefined> {
  const text = await fetch(`http://127.0.0.1:${port}/metrics`)
    .then((response) => response.text())
    .catch(() => undefined);
  if (text === undefined) return undefined;
  let sum = 0;
  for (const match of text.matchAll(/^traces_span_metrics_calls_total\{.*\} (\S+)/gm)) sum += Number(match[1]);
  return sum;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
