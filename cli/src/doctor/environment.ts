import { type CheckResult, failure, ok, warning } from "./check.js";

type Env = NodeJS.ProcessEnv;

const nodeMajorMin = 20;

function checkNode(version: string): CheckResult {
  const major = Number(version.split(".")[0]);
  if (major >= nodeMajorMin) return ok(`Node.js ${version}`);
  return failure(`Node.js ${version} is too old`, `install Node.js ${nodeMajorMin} or newer`);
}

/** The exporter settings that silence a service, each with its way out. */
function* silencers(env: Env): Generator<CheckResult> {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true") {
    yield failure("OTEL_SDK_DISABLED=true switches all telemetry off", "unset OTEL_SDK_DISABLED");
  }
  if (env.OTEL_TRACES_EXPORTER === "none") {
    yield failure("OTEL_TRACES_EXPORTER=none: no trace is sent", "unset it or set OTEL_TRACES_EXPORTER=otlp");
  }
  if (env.OTEL_METRICS_EXPORTER === "none") {
    yield warning("OTEL_METRICS_EXPORTER=none: no metric is sent", "unset it or set OTEL_METRICS_EXPORTER=otlp");
  }
  if (env.OTEL_TRACES_SAMPLER?.endsWith("always_off")) {
    yield failure(
      `OTEL_TRACES_SAMPLER=${env.OTEL_TRACES_SAMPLER}: every trace is dropped`,
      "unset OTEL_TRACES_SAMPLER",
    );
  }
  if (env.OTEL_TRACES_SAMPLER?.endsWith("traceidratio") && Number(env.OTEL_TRACES_SAMPLER_ARG) < 0.1) {
    const share = env.OTEL_TRACES_SAMPLER_ARG;
    yield warning(
      `only ${share} of the traces are kept (OTEL_TRACES_SAMPLER_ARG)`,
      "raise it while you look for something",
    );
  }
}

/** A base endpoint that already names a signal gets the signal's path twice, and 404 for an answer. */
function* endpointMistakes(env: Env): Generator<CheckResult> {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!base) return;
  if (!URL.canParse(base)) {
    yield failure(`OTEL_EXPORTER_OTLP_ENDPOINT=${base} is not a URL`, "write http://host:4318");
  } else if (/\/v1\/(traces|metrics|logs)\/?$/.test(base)) {
    const shorter = base.replace(/\/v1\/(traces|metrics|logs)\/?$/, "");
    yield failure(
      `OTEL_EXPORTER_OTLP_ENDPOINT names one signal: ${base}`,
      `set it to ${shorter}; /v1/… is added for each signal`,
    );
  }
}

/** Checks of what can be seen without a connection. */
export function checkEnvironment(env: Env, nodeVersion: string): CheckResult[] {
  const found = [checkNode(nodeVersion), ...silencers(env), ...endpointMistakes(env)];
  return found.length === 1 ? [...found, ok("OTEL_* variables: nothing that silences a service")] : found;
}
