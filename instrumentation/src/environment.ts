/** The environment variables that decide what is started. Everything else is read by the OpenTelemetry SDK itself. */
import { type LogLevel, warn } from "./diagnostics.js";

export type OtlpProtocol = "http/protobuf" | "http/json";

export interface Environment {
  readonly disabled: boolean;
  /** undefined: the user did not choose; warnings are then limited to one a minute and kind. */
  readonly logLevel: LogLevel | undefined;
  readonly tracesExporters: readonly string[];
  readonly metricsExporters: readonly string[];
  readonly tracesProtocol: string;
  readonly metricsProtocol: string;
  readonly prometheusHost: string;
  readonly prometheusPort: number;
  /** Names as in `@opentelemetry/instrumentation-NAME`; undefined: all. */
  readonly enabledInstrumentations: ReadonlySet<string> | undefined;
  readonly disabledInstrumentations: ReadonlySet<string>;
  readonly expressMiddlewareSpans: boolean;
  /** Attributes of spans are limited in number or length. */
  readonly spanAttributeLimits: boolean;
  readonly esmHook: boolean;
}

const defaultPrometheusPort = 9464;
const attributeLimits: readonly string[] = ["OTEL_", "OTEL_SPAN_"].flatMap((prefix) => [
  `${prefix}ATTRIBUTE_COUNT_LIMIT`,
  `${prefix}ATTRIBUTE_VALUE_LENGTH_LIMIT`,
]);
const logLevels: readonly LogLevel[] = ["none", "error", "warn", "info", "debug", "verbose", "all"];

function text(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

function list(env: NodeJS.ProcessEnv, name: string): string[] | undefined {
  const names = text(env, name)
    ?.split(",")
    .map((entry) => entry.trim());
  const present = names?.filter((entry) => entry !== "");
  return present === undefined || present.length === 0 ? undefined : [...new Set(present)];
}

function flag(env: NodeJS.ProcessEnv, name: string): boolean {
  return text(env, name)?.toLowerCase() === "true";
}

/** Reads the variables; a value that makes no sense is treated as unset, as the OpenTelemetry specification asks. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const logLevel = text(env, "OTEL_LOG_LEVEL")?.toLowerCase();
  const protocol = text(env, "OTEL_EXPORTER_OTLP_PROTOCOL") ?? "http/protobuf";
  const port = Number(text(env, "OTEL_EXPORTER_PROMETHEUS_PORT") ?? Number.NaN);
  const portIsSet = Number.isInteger(port) && port >= 0 && port <= 65_535;
  const enabled = list(env, "OTEL_NODE_ENABLED_INSTRUMENTATIONS");
  return {
    disabled: flag(env, "OTEL_SDK_DISABLED"),
    logLevel: logLevels.find((level) => level === logLevel),
    tracesExporters: exporters(list(env, "OTEL_TRACES_EXPORTER"), false),
    metricsExporters: exporters(list(env, "OTEL_METRICS_EXPORTER"), portIsSet),
    tracesProtocol: text(env, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? protocol,
    metricsProtocol: text(env, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL") ?? protocol,
    prometheusHost: text(env, "OTEL_EXPORTER_PROMETHEUS_HOST") ?? "127.0.0.1",
    prometheusPort: portIsSet ? port : defaultPrometheusPort,
    enabledInstrumentations: enabled && new Set(enabled),
    disabledInstrumentations: new Set(list(env, "OTEL_NODE_DISABLED_INSTRUMENTATIONS")),
    spanAttributeLimits: attributeLimits.some((name) => text(env, name) !== undefined),
    expressMiddlewareSpans: flag(env, "VENTURI_EXPRESS_MIDDLEWARE_SPANS"),
    esmHook: flag(env, "VENTURI_ESM_HOOK"),
  };
}

/** Unset means `otlp`; `none` anywhere means none; a Prometheus port in the environment asks for that endpoint too. */
function exporters(names: readonly string[] | undefined, alsoPrometheus: boolean): string[] {
  const chosen = names ?? ["otlp"];
  if (chosen.includes("none")) return [];
  return alsoPrometheus && !chosen.includes("prometheus") ? [...chosen, "prometheus"] : [...chosen];
}

/**
 * Runs `action` with some variables changed and puts them back: the SDK's constructor reads settings from
 * `process.env` alone, and what we change for it must not leak into child processes of the app.
 */
export function withEnvironment<T>(changes: Readonly<Record<string, string | undefined>>, action: () => T): T {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  const apply = (entries: Iterable<readonly [string, string | undefined]>): void => {
    for (const [name, value] of entries) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  apply(Object.entries(changes));
  try {
    return action();
  } finally {
    apply(before);
  }
}

/** The variable as a number above 0, undefined when it is unset; anything else is one warning and undefined. */
export function positiveNumber(name: string): number | undefined {
  const given = text(process.env, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (value > 0 && Number.isFinite(value)) return value;
  warn(name, `${name}="${given}" is not a number above 0; its default is used`);
  return undefined;
}

/** An OTLP protocol over HTTP; what is unknown is one warning and `http/protobuf`. */
export function httpProtocol(protocol: string, signal: string): OtlpProtocol {
  if (protocol === "http/json" || protocol === "http/protobuf") return protocol;
  warn("protocol", `OTLP protocol "${protocol}" for ${signal} is not one of http/protobuf, http/json, grpc`);
  return "http/protobuf";
}
