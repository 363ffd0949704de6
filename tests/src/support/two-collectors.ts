import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { protobufToJson, type Signal } from "@venturi/otlp";
import { startOtelcol } from "./backends.js";
import type { Child } from "./child.js";
import { inOrder } from "./otlp-json.js";
import { freePorts } from "./ports.js";
import { type RequestSink, startRequestSink } from "./request-sink.js";
import { venturi } from "./venturi.js";

/** A pipeline that both collectors run, with the component that is compared. */
export interface ComparedPipeline {
  /** Unique: letters, digits and `_`. */
  readonly name: string;
  readonly signal: Signal;
  /** Type of the component. */
  readonly processor: string;
  /** It is a connector that makes metrics; what those are is compared. */
  readonly isConnector?: boolean;
  readonly config: object;
}

export interface TwoCollectors {
  /** Hands the same OTLP/JSON request to both, and to all pipelines of the signal. */
  send(signal: Signal, request: object): Promise<void>;
  /** The text of each one's own metrics. */
  metrics(side: Side): Promise<string>;
  /** Ends both, so that everything they hold is decided and sent. */
  stop(): Promise<void>;
  /** What a pipeline let through, each span, log record and data point as one text with all that it lies in, in order. */
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
    items: (side, { name, signal, isConnector }) => itemsOf(sink, `/${side}/${name}`, isConnector ? "metrics" : signal),
  };
}

function configOf(
  side: Side,
  pipelines: readonly ComparedPipeline[],
  sinkUrl: string,
  receiver: string,
  metricsPort: number,
): object {
  const processors = pipelines.filter(({ isConnector }) => !isConnector);
  const connectors = pipelines.filter(({ isConnector }) => isConnector);
  const idOf = ({ processor, name }: ComparedPipeline): string => `${processor}/${name}`;
  const configs = (list: readonly ComparedPipeline[]): object =>
    Object.fromEntries(list.map((one) => [idOf(one), one.config]));
  const [receivers, batch] = [["otlp"], ["batch"]];
  return {
    receivers: { otlp: { protocols: { http: { endpoint: receiver } } } },
    processors: { batch: {}, ...configs(processors) },
    ...(connectors.length > 0 ? { connectors: configs(connectors) } : {}),
    exporters: Object.fromEntries(
      pipelines.map(({ name, signal, isConnector }) => [
        `otlp_http/${name}`,
        {
          [`${isConnector ? "metrics" : signal}_endpoint`]: `${sinkUrl}/${side}/${name}`,
          compression: "none",
          sending_queue: { queue_size: 10_000 },
        },
      ]),
    ),
    service: {
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: "127.0.0.1", port: metricsPort } } } }] },
      },
      pipelines: Object.fromEntries(
        pipelines.flatMap((one) => {
          const { name, signal, isConnector } = one;
          const exporters = [`otlp_http/${name}`];
          if (!isConnector) {
            return [[`${signal}/${name}`, { receivers, processors: [idOf(one), "batch"], exporters }]];
          }
          return [
            [`${signal}/${name}`, { receivers, exporters: [idOf(one)] }],
            [`metrics/of_${name}`, { receivers: [idOf(one)], processors: batch, exporters }],
          ];
        }),
      ),
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

/** The levels of an export request, whatever the signal. */
type Level = Readonly<Record<string, unknown>>;
const levels = (level: Level, name: string): readonly Level[] => (level[name] ?? []) as readonly Level[];

const NOUNS = { traces: "Spans", logs: "Logs", metrics: "Metrics" } as const;
const ITEMS = { traces: "spans", logs: "logRecords", metrics: "metrics" } as const;

function itemsOf(sink: RequestSink, path: string, signal: Signal): string[] {
  const texts = sink.bodies(path).flatMap((body) =>
    levels(protobufToJson(signal, body) as Level, `resource${NOUNS[signal]}`).flatMap((resource) =>
      levels(resource, `scope${NOUNS[signal]}`).flatMap((scope) =>
        levels(scope, ITEMS[signal])
          .flatMap((item) => (signal === "metrics" ? pointsOf(item) : [item]))
          .map((item) =>
            JSON.stringify(
              inOrder({
                resource: { ...(resource.resource ?? {}), schemaUrl: resource.schemaUrl },
                scope: { ...(scope.scope ?? {}), schemaUrl: scope.schemaUrl },
                item: withoutDefaults(item),
              }),
            ),
          ),
      ),
    ),
  );
  return texts.sort();
}

/** Each data point with the metric around it; a metric without points stays one item. */
function pointsOf(metric: Level): Level[] {
  const [kind, data] = Object.entries(metric).find(
    ([, value]) => typeof value === "object" && !Array.isArray(value),
  ) ?? ["", {}];
  const { dataPoints, ...traits } = data as Level;
  const points = levels({ dataPoints }, "dataPoints");
  if (points.length === 0) return [metric];
  return points.map(({ attributes, ...point }) => ({ ...metric, [kind]: traits, point, attributes: attributes ?? [] }));
}

/** A field with its default value may be left out, and so may a message of such: only one of the two collectors does. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutDefaults(inner)] as const);
  return Object.fromEntries(entries.filter(([key, inner]) => !isDefault(key, inner)));
}

const MESSAGES = ["status", "positive", "negative"];

/** Of values that may be of several types, the default of one says more than nothing. */
function isDefault(key: string, value: unknown): boolean {
  if (MESSAGES.includes(key)) return Object.keys(value as object).length === 0;
  if (key.endsWith("Value") || key.startsWith("as")) return false;
  return ["", 0, "0", false].includes(value as string);
}
