import { join } from "node:path";
import { postAll } from "./poster.js";
import { remoteWriteHeaders, SampleGenerator } from "./sample-generator.js";
import { pause, type Server, startPrometheus, startVenturi } from "./servers.js";

export interface QueryMeasurement {
  readonly query: string;
  readonly server: string;
  readonly ms: readonly number[];
}

interface Panel {
  readonly query: string;
  /** How far back the panel reaches; 0 for an instant query. */
  readonly hours: number;
}

const bucket = "http_server_request_duration_seconds_bucket";
const count = "http_server_request_duration_seconds_count";

/** What the panels of a service dashboard ask, from one service's last hour to the whole fleet's day. */
const panels: readonly Panel[] = [
  { query: `sum by (http_route) (rate(${count}{job="shop/service-3"}[5m]))`, hours: 1 },
  { query: `sum by (job) (rate(${count}[5m]))`, hours: 1 },
  { query: `sum by (job) (rate(${count}[5m]))`, hours: 24 },
  { query: `histogram_quantile(0.95, sum by (le, job) (rate(${bucket}[5m])))`, hours: 6 },
  { query: `histogram_quantile(0.99, sum by (le) (rate(${bucket}{job="shop/service-1"}[5m])))`, hours: 24 },
  { query: `topk(10, sum by (instance) (rate(process_cpu_seconds_total[5m])))`, hours: 1 },
  { query: `avg by (job) (nodejs_eventloop_utilization_ratio)`, hours: 24 },
  { query: `max_over_time(process_resident_memory_bytes{job="shop/service-2"}[1h])`, hours: 6 },
  { query: `sum(rate(${count}[1h]))`, hours: 0 },
  { query: `count by (__name__) ({job="shop/service-5"})`, hours: 0 },
];

/** Fills both servers with `series` over a day and asks both the same, in turns. Answers must be equal. */
export async function measureQueries(
  folder: string,
  series: number,
  intervalMs: number,
  rounds: number,
): Promise<QueryMeasurement[]> {
  const servers = [await startVenturi(join(folder, "query-0")), await startPrometheus(join(folder, "query-1"))];
  try {
    const endMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
    await fill(servers, series, intervalMs, endMs);
    const measurements: QueryMeasurement[] = [];
    for (const panel of panels) measurements.push(...(await measurePanel(servers, panel, endMs, rounds)));
    return measurements;
  } finally {
    for (const server of servers) await server.process.stop();
  }
}

async function fill(servers: readonly Server[], series: number, intervalMs: number, endMs: number): Promise<void> {
  const generator = new SampleGenerator(series, 300);
  const settings = { headers: remoteWriteHeaders, connections: 2 };
  // A little less than a day: the store forgets what is older, also while this runs.
  for (let timeMs = endMs - 86_400_000 + 600_000; timeMs <= endMs; timeMs += intervalMs) {
    const bodies = generator.round(timeMs);
    await Promise.all(servers.map((server) => postAll(`${server.apiUrl}/api/v1/write`, bodies, settings)));
  }
  await pause(6000);
}

async function measurePanel(
  servers: readonly Server[],
  panel: Panel,
  endMs: number,
  rounds: number,
): Promise<QueryMeasurement[]> {
  const times: number[][] = servers.map(() => []);
  const answers: string[] = [];
  // The first round is not counted: caches fill and code is compiled, on both sides.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, server] of servers.entries()) {
      const startMs = performance.now();
      const body = await ask(server, panel, endMs);
      if (round > 0) times[index]?.push(performance.now() - startMs);
      answers[index] = body;
    }
  }
  const query = `${panel.query} @ ${panel.hours === 0 ? "instant" : `${panel.hours} h`}`;
  compare(query, answers);
  return servers.map((server, index) => ({ query, server: server.name, ms: times[index] ?? [] }));
}

async function ask(server: Server, panel: Panel, endMs: number): Promise<string> {
  const end = endMs / 1000;
  const parameters: Record<string, string> =
    panel.hours === 0
      ? { query: panel.query, time: String(end) }
      : {
          query: panel.query,
          start: String(end - panel.hours * 3600),
          end: String(end),
          // What a dashboard of 300 points asks for.
          step: String(Math.max(15, (panel.hours * 3600) / 300)),
        };
  const path = panel.hours === 0 ? "query" : "query_range";
  const answer = await fetch(`${server.apiUrl}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${server.name} answered ${answer.status} to ${panel.query}: ${text.slice(0, 300)}`);
  return text;
}

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

function compare(query: string, answers: readonly string[]): void {
  const [ours, theirs] = answers.map((text) =>
    sorted((JSON.parse(text) as { data: { result: Result[] } }).data.result),
  );
  if (ours?.length !== theirs?.length)
    throw new Error(`${query}: ${ours?.length} series of ours, ${theirs?.length} of theirs`);
  ours?.forEach(([key, points], index) => {
    const [otherKey, others] = theirs?.[index] ?? ["", []];
    const isSame =
      key === otherKey && points.length === others.length && points.every((point, at) => isClose(point, others[at]));
    if (!isSame) throw new Error(`${query}: other values for ${key}`);
  });
}

type Point = readonly [number, string];

function sorted(results: readonly Result[]): [string, readonly Point[]][] {
  const keyed = results.map(({ metric, value, values }): [string, readonly Point[]] => [
    JSON.stringify(Object.entries(metric).sort()),
    values ?? (value === undefined ? [] : [value]),
  ]);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1));
}

function isClose(point: Point, other: Point | undefined): boolean {
  const [a, b] = [Number(point[1]), Number(other?.[1])];
  return point[0] === other?.[0] && (Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)));
}
