import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { protobufToJson, type Signal } from "@venturi/otlp";
import { startOtelcol } from "./backends.js";
import type { Child } from "./child.js";
import { inOrder } from "./otlp-json.js";
import { freePorts } from "./ports.js";
import { type RequestSink, startRequestSink } from "./request-sink.js";
import { venturi } from "./venturi.js";

/** A pipeline that both collectors run: `processor` is the configuration of the one that is compared. */
export interface ComparedPipeline {
  /** Unique: letters, digits and `_`. */
  readonly name: string;
  readonly signal: Signal;
  readonly processor: string;
  readonly config: object;
}

export interface TwoCollectors {
  /** Hands the same OTLP/JSON request to both, and to all pipelines of the signal. */
  send(signal: Signal, request: object): Promise<void>;
  /** The text of each one's own metrics. */
  metrics(side: Side): Promise<string>;
  /** Ends both, so that everything they hold is decided and sent. */
  stop(): Promise<void>;
  /** What a pipeline let through, each item as one text with its resource and scope, in order. */
  items(side: Side, pipeline: ComparedPipeline): string[];
}

export type Side = "stock" | "ours";
const SIDES: readonly Side[] = ["stock", "ours"];

/** The stock collector and ours with the same pipelines, each between one OTLP receiver and a sink of the test. What leaves
 * is batched: the stock tail sampling hands on trace by trace, and a hundred thousand requests would be the test's work. */
export async function startTwoCollectors(
  folder: string,
  pipelines: readonly ComparedPipeline[],
): Promise<TwoCollectors> {
  const sink = await startRequestSink();
  const ports = await freePorts(4);
  const children = new Map<Side, Child>();
  const at = (side: Side, which: 0 | 1): string => `127.0.0.1:${ports[SIDES.indexOf(side) * 2 + which]}`;
  for (const side of SIDES) {
    const config = JSON.stringify(configOf(side, pipelines, sink.url, at(side, 0), Number(at(side, 1).split(":")[1])));
    children.set(side, await start(side, folder, config));
  }
  return {
    send: async (signal, request) => {
      await Promise.all(SIDES.map((side) => post(`http://${at(side, 0)}/v1/${signal}`, request)));
    },
    metrics: async (side) => (await fetch(`http://${at(side, 1)}/metrics`)).text(),
    stop: async () => {
      for (const child of children.values()) await child.stop();
      await sink.close();
    },
    items: (side, { name, signal }) => itemsOf(sink, `/${side}/${name}`, signal),
  };
}

function configOf(
  side: Side,
  pipelines: readonly ComparedPipeline[],
  sinkUrl: string,
  receiver: string,
  metricsPort: number,
): object {
  const each = (entry: (pipeline: ComparedPipeline) => [string, object]): object =>
    Object.fromEntries(pipelines.map(entry));
  return {
    receivers: { otlp: { protocols: { http: { endpoint: receiver } } } },
    processors: { batch: {}, ...each(({ name, processor, config }) => [`${processor}/${name}`, config]) },
    exporters: each(({ name, signal }) => [
      `otlp_http/${name}`,
      {
        [`${signal}_endpoint`]: `${sinkUrl}/${side}/${name}`,
        compression: "none",
        sending_queue: { queue_size: 10_000 },
      },
    ]),
    service: {
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: "127.0.0.1", port: metricsPort } } } }] },
      },
      pipelines: each(({ name, signal, processor }) => [
        `${signal}/${name}`,
        { receivers: ["otlp"], processors: [`${processor}/${name}`, "batch"], exporters: [`otlp_http/${name}`] },
      ]),
    },
  };
}

/** JSON is YAML. */
async function start(side: Side, folder: string, config: string): Promise<Child> {
  if (side === "stock") return startOtelcol(folder, "stock", config);
  const file = join(folder, "ours.yaml");
  await writeFile(file, config);
  const child = venturi(["collector", "--config", file]);
  await child.waitForOutput(/Everything is ready/);
  return child;
}

async function post(url: string, request: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
}

/** The three levels of an export request, whatever the signal. */
type Level = Readonly<Record<string, unknown>>;
const levels = (level: Level, name: string): readonly Level[] => (level[name] ?? []) as readonly Level[];

/** A field with its default value may be left out: only one of the two collectors does. */
function withoutDefaults(item: Level): Level {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== "" && value !== 0 && value !== "0"));
}

function itemsOf(sink: RequestSink, path: string, signal: Signal): string[] {
  const noun = signal === "traces" ? "Spans" : "Logs";
  const item = signal === "traces" ? "spans" : "logRecords";
  const texts = sink
    .bodies(path)
    .flatMap((body) =>
      levels(protobufToJson(signal, body) as Level, `resource${noun}`).flatMap((resource) =>
        levels(resource, `scope${noun}`).flatMap((scope) =>
          levels(scope, item).map((one) =>
            JSON.stringify(
              inOrder({ resource: resource.resource ?? {}, scope: scope.scope ?? {}, item: withoutDefaults(one) }),
            ),
          ),
        ),
      ),
    );
  return texts.sort();
}
