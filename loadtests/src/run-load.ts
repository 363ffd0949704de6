import { join, resolve } from "node:path";
import { type Diagnosis, diagnose, signals, type Trace } from "@venturi/analysis";
import { HttpApi } from "./backends/http.js";
import { JaegerClient } from "./backends/jaeger.js";
import { PrometheusClient } from "./backends/prometheus.js";
import { settle } from "./backends/settle.js";
import { exemplarsOf } from "./exemplars.js";
import { withoutSecrets } from "./k6/command.js";
import { type MeasuredLoad, measureLoad, requireScript } from "./k6/measure.js";
import { canBeWrapped, wrapScript } from "./k6/script-wrapper.js";
import { k6Version } from "./k6/version.js";
import { type LoadReport, schemaVersion } from "./load-report.js";
import { LoadTestError } from "./load-test-error.js";
import { reportPage } from "./report/page.js";
import { jsonFile, writeFiles } from "./report/write-files.js";
import { reportId } from "./report-id.js";
import { samplesToGzip } from "./samples/samples-file.js";
import { Progress } from "./terminal/progress.js";
import { terminalSummary } from "./terminal/summary.js";

export interface RunLoadOptions {
  /** A k6 script: JavaScript, TypeScript or an archive. */
  readonly script: string;
  readonly k6Path: string;
  /** Passed on to k6 unchanged. */
  readonly k6Args?: readonly string[];
  /** Added to this process's environment for k6; scripts read it as `__ENV`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly prometheusUrl: string;
  readonly jaegerUrl: string;
  /** Share of requests whose traces are to be sampled, 0…1; by default k6 sends no trace context. */
  readonly traceShare?: number;
  /** Where `{id}.json` and `{id}.html` go. */
  readonly outDir: string;
  /** The service that the load enters; found from the traces by default. */
  readonly rootService?: string;
  /** How long the services may hold a finished span back; default 5.5 s, for OpenTelemetry's 5 s between exports. */
  readonly spanDelayMs?: number;
  /** Gets whole lines: the load's course, then the summary. */
  readonly progress?: (line: string) => void;
  /** The lines go to a terminal: one line may update itself, and colours are used unless NO_COLOR is set. */
  readonly isTty?: boolean;
  /** Bounds of the wait for the last telemetry, from the load's end; by default 5.5 s to 20 s. */
  readonly settle?: { readonly leastMs: number; readonly mostMs: number };
  /** Stops the load; what was measured until then is diagnosed and reported. */
  readonly signal?: AbortSignal;
}

const thresholdsFailed = 99;

/**
 * Runs a k6 script, waits for the telemetry that it caused, and says what limited the system.
 * @throws LoadTestError, one line for a person, when there is nothing to report: no script, no k6, no backend, no
 * request, no trace
 * @example
 * const report = await runLoad({ script: "checkout.js", k6Path: "k6", prometheusUrl, jaegerUrl, outDir: "reports" });
 */
export async function runLoad(options: RunLoadOptions): Promise<LoadReport> {
  const jaeger = new JaegerClient(new HttpApi("Jaeger", options.jaegerUrl));
  const prometheus = new PrometheusClient(new HttpApi("Prometheus", options.prometheusUrl));
  const progress = new Progress(options.progress ?? (() => {}), options.isTty === true);
  await requireScript(options.script);
  const version = await k6Version(options.k6Path);
  await Promise.all([prometheus.value("1"), jaeger.services()]);

  const startedAt = new Date();
  const id = reportId(startedAt, options.script);
  const remoteWriteUrl = `${options.prometheusUrl.replace(/\/+$/, "")}/api/v1/write`;
  const { script, traceShare } = options;
  const wrapper = traceShare === undefined || !canBeWrapped(script) ? {} : { wrapper: wrapScript(script, traceShare) };
  const measured = await measureLoad({ ...options, ...wrapper, testId: id, remoteWriteUrl }, progress);
  const judged = await judge(options, measured, jaeger, prometheus, progress);
  const outDir = resolve(options.outDir);
  const report: LoadReport = {
    schemaVersion,
    id,
    startedAt: startedAt.toISOString(),
    endedAt: new Date(measured.load.endMs).toISOString(),
    verdict: judged.diagnosis.verdict,
    partial: measured.exit.interrupted,
    k6: {
      version,
      script: options.script,
      args: withoutSecrets(options.k6Args ?? []),
      exitCode: measured.exit.exitCode,
      thresholdsFailed: measured.exit.exitCode === thresholdsFailed,
      messages: progress.messages(),
      summary: measured.exit.output,
    },
    load: measured.load,
    timeline: measured.timeline,
    diagnosis: judged.diagnosis,
    exemplars: exemplarsOf(judged.diagnosis, judged.traces),
    backends: { prometheusUrl: prometheus.api.url, jaegerUrl: jaeger.api.url },
    notes: judged.notes,
    files: {
      json: join(outDir, `${id}.json`),
      html: join(outDir, `${id}.html`),
      samples: join(outDir, `${id}.samples.csv.gz`),
    },
  };
  await writeFiles([
    [report.files.html, reportPage(report)],
    [report.files.samples, await samplesToGzip(measured.samples)],
    [report.files.json, jsonFile(report)],
  ]);
  const colour = options.isTty === true && process.env.NO_COLOR === undefined;
  for (const line of terminalSummary(report, colour)) progress.say(line);
  return report;
}

interface Judged {
  readonly diagnosis: Diagnosis;
  readonly traces: readonly Trace[];
  readonly notes: string[];
}

async function judge(
  options: RunLoadOptions,
  { load, timeline }: MeasuredLoad,
  jaeger: JaegerClient,
  prometheus: PrometheusClient,
  progress: Progress,
): Promise<Judged> {
  const window = { startMs: load.startMs, endMs: load.endMs };
  progress.say("  waiting for the last telemetry");
  const notes = await settle({ jaeger, prometheus, rootService: options.rootService, window, ...options.settle });
  const rootService = options.rootService ?? (await jaeger.findRootService(window));
  const traces = rootService === null ? [] : await jaeger.sampleTraces(rootService, window);
  if (rootService === null || traces.length === 0) throw new LoadTestError(await whyNoTraces(options, jaeger));
  progress.say(`  reading ${traces.length} traces through ${rootService}`);
  const series = await prometheus.signals(signals, window, (note) => notes.push(note));
  return {
    diagnosis: diagnose({ window, traces, series, load: { ...load, course: timeline }, rootService }),
    traces,
    notes,
  };
}

async function whyNoTraces({ rootService }: RunLoadOptions, jaeger: JaegerClient): Promise<string> {
  const services = await jaeger.services();
  const known = services.length === 0 ? "it knows no service at all" : `it knows ${services.join(", ")}`;
  const from = rootService === undefined ? "" : ` through ${rootService}`;
  return `no traces${from} of the time under load at ${jaeger.api.title} (${known}): does the system send its traces there?`;
}
