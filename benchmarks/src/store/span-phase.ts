import { join } from "node:path";
import { postAll } from "./poster.js";
import { pause, type Server, sizeOf, startJaeger, startVenturi } from "./servers.js";
import { SpanGenerator } from "./span-generator.js";

export interface SpanMeasurement {
  readonly server: string;
  readonly spans: number;
  readonly seconds: number;
  readonly spansPerSecond: number;
  readonly cpuMicrosPerSpan: number;
  readonly peakRssBytes: number;
  /** Median of searches that ran meanwhile. */
  readonly searchMs: number;
  readonly bytesPerSpan: number | undefined;
}

const spansPerRequest = 1000;
const starts = [
  (folder: string) => startVenturi(folder),
  (folder: string) => startJaeger(folder, "memory"),
  (folder: string) => startJaeger(folder, "badger"),
];

/** Sends the same spans to every server over OTLP/HTTP, while a client searches; the servers take turns. */
export async function measureSpans(folder: string, spans: number, rounds: number): Promise<SpanMeasurement[]> {
  const measurements: SpanMeasurement[] = [];
  for (let round = 0; round < rounds; round++) {
    const bodies = makeBodies(spans, round);
    for (const [index, start] of starts.entries()) {
      const server = await start(join(folder, `spans-${round}-${index}`));
      try {
        measurements.push(await measure(server, bodies, spans));
      } finally {
        await server.process.stop();
      }
      const bytes = server.dataDir === undefined ? undefined : await sizeOf(server.dataDir);
      const last = measurements.pop() as SpanMeasurement;
      measurements.push({ ...last, bytesPerSpan: bytes === undefined ? undefined : bytes / spans });
      report(measurements.at(-1) as SpanMeasurement);
    }
  }
  return measurements;
}

function makeBodies(spans: number, round: number): Uint8Array[] {
  const generator = new SpanGenerator(100 + round);
  const startMs = Date.now() - 3_600_000;
  return Array.from({ length: spans / spansPerRequest }, (_, index) =>
    generator.request(index % 6, spansPerRequest, startMs + Math.floor(index / 6) * 1000, 1000),
  );
}

async function measure(server: Server, bodies: readonly Uint8Array[], spans: number): Promise<SpanMeasurement> {
  const before = await server.process.usage();
  const startMs = performance.now();
  const searches = new AbortController();
  const searching = searchRepeatedly(server.apiUrl, searches.signal);
  await postAll(`${server.otlpUrl}/v1/traces`, bodies, {
    headers: { "content-type": "application/x-protobuf" },
    connections: 6,
  });
  if (server.name === "venturi") await allStored(server.apiUrl, spans);
  const seconds = (performance.now() - startMs) / 1000;
  searches.abort();
  const searchTimes = await searching;
  const after = await server.process.usage();
  return {
    server: server.name,
    spans,
    seconds,
    spansPerSecond: spans / seconds,
    cpuMicrosPerSpan: ((after.cpuSeconds - before.cpuSeconds) / spans) * 1e6,
    peakRssBytes: after.peakRssBytes,
    searchMs: median(searchTimes),
    bytesPerSpan: undefined,
  };
}

/** The collector answers when it has queued; the spans are there when the store says so. */
async function allStored(apiUrl: string, spans: number): Promise<void> {
  for (;;) {
    const stats = (await (await fetch(`${apiUrl}/venturi/api/stats`)).json()) as { spans: number };
    if (stats.spans >= spans) return;
    await pause(20);
  }
}

async function searchRepeatedly(apiUrl: string, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const startMs = performance.now();
    const end = Date.now() * 1000;
    const answer = await fetch(
      `${apiUrl}/api/traces?service=checkout&limit=20&lookback=custom&start=${end - 7200e6}&end=${end}`,
    );
    await answer.arrayBuffer();
    if (answer.ok) times.push(performance.now() - startMs);
    await pause(500);
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function report(one: SpanMeasurement): void {
  console.log(
    `spans    ${one.server.padEnd(14)} ${Math.round(one.spansPerSecond)} spans/s, ${one.cpuMicrosPerSpan.toFixed(2)} µs CPU a span, ` +
      `search ${one.searchMs.toFixed(0)} ms, ${one.bytesPerSpan?.toFixed(1) ?? "-"} B a span, peak ${(one.peakRssBytes / 1e6).toFixed(0)} MB`,
  );
}
