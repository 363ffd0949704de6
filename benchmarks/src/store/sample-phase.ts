import { join } from "node:path";
import { postAll } from "./poster.js";
import { remoteWriteHeaders, SampleGenerator } from "./sample-generator.js";
import { type Server, sizeOf, startPrometheus, startVenturi } from "./servers.js";

export interface SampleMeasurement {
  readonly server: string;
  readonly series: number;
  readonly samples: number;
  readonly samplesPerSecond: number;
  readonly cpuMicrosPerSample: number;
  readonly peakRssBytes: number;
  readonly bytesPerSample: number;
}

const starts = [startVenturi, startPrometheus];

/** Remote write of the same samples to every server, in the order of time as a fleet of agents sends them. */
export async function measureSamples(
  folder: string,
  series: number,
  scrapes: number,
  rounds: number,
): Promise<SampleMeasurement[]> {
  const measurements: SampleMeasurement[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, start] of starts.entries()) {
      const server = await start(join(folder, `samples-${series}-${round}-${index}`));
      let measured: SampleMeasurement;
      try {
        measured = await measure(server, new SampleGenerator(series, 200 + round), series, scrapes);
      } finally {
        await server.process.stop();
      }
      const bytes = await sizeOf(server.dataDir as string);
      measurements.push({ ...measured, bytesPerSample: bytes / measured.samples });
      report(measurements.at(-1) as SampleMeasurement);
    }
  }
  return measurements;
}

async function measure(
  server: Server,
  generator: SampleGenerator,
  series: number,
  scrapes: number,
): Promise<SampleMeasurement> {
  const settings = { headers: remoteWriteHeaders, connections: 2 };
  const url = `${server.apiUrl}/api/v1/write`;
  const intervalMs = 15_000;
  const firstMs = Date.now() - scrapes * intervalMs;
  // Series are made by the first scrape; what is measured are the samples of series that are known.
  await postAll(url, generator.round(firstMs), settings);
  const before = await server.process.usage();
  let seconds = 0;
  for (let scrape = 1; scrape < scrapes; scrape++) {
    const bodies = generator.round(firstMs + scrape * intervalMs);
    const startMs = performance.now();
    await postAll(url, bodies, settings);
    seconds += (performance.now() - startMs) / 1000;
  }
  const after = await server.process.usage();
  const samples = series * scrapes;
  const measured = series * (scrapes - 1);
  return {
    server: server.name,
    series,
    samples,
    samplesPerSecond: measured / seconds,
    cpuMicrosPerSample: ((after.cpuSeconds - before.cpuSeconds) / measured) * 1e6,
    peakRssBytes: after.peakRssBytes,
    bytesPerSample: 0,
  };
}

function report(one: SampleMeasurement): void {
  console.log(
    `samples  ${one.server.padEnd(14)} ${one.series} series: ${Math.round(one.samplesPerSecond)} samples/s, ` +
      `${one.cpuMicrosPerSample.toFixed(2)} µs CPU a sample, ${one.bytesPerSample.toFixed(2)} B a sample, peak ${(one.peakRssBytes / 1e6).toFixed(0)} MB`,
  );
}
