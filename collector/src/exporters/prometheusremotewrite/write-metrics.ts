import type { ComponentHost } from "../../component.js";
import type { HttpAnswer } from "../../net/http-client.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import type { Counter } from "../../telemetry/metric-registry.js";
import type { EncodedRequest } from "./write-request.js";

const PREFIX = "otelcol_exporter_prometheusremotewrite";

const WRITTEN = [
  ["x-prometheus-remote-write-samples-written", "samples"],
  ["x-prometheus-remote-write-histograms-written", "histograms"],
  ["x-prometheus-remote-write-exemplars-written", "exemplars"],
] as const;

/** The exporter's own metrics, and what remote write 2.0 answers about what was written. */
export class WriteMetrics {
  readonly sentBatches: Counter;
  readonly failedTranslations: Counter;
  readonly translatedSeries: Counter;
  private readonly written: Readonly<Record<"samples" | "histograms" | "exemplars", Counter>>;
  private readonly host: ComponentHost;
  private readonly endpoint: string;
  private readonly missingLog = new LogThrottle(60_000);
  private readonly partialLog = new LogThrottle();

  constructor(host: ComponentHost, endpoint: string, consumers: number) {
    this.host = host;
    this.endpoint = endpoint;
    const labels = { exporter: host.id.text, endpoint };
    const counter = (name: string, help: string, unit: string): Counter =>
      host.metrics.counter({ name: `${PREFIX}_${name}`, help, unit }, labels);
    this.sentBatches = counter(
      "sent_batches",
      "Number of remote write requests sent, whatever came of them.",
      "{batch}",
    );
    this.failedTranslations = counter(
      "failed_translations",
      "Number of batches of which a part could not be translated.",
      "1",
    );
    this.translatedSeries = counter("translated_time_series", "Number of Prometheus series made of metrics.", "1");
    const help = (what: string): string =>
      `Number of ${what} that the destination says it wrote (remote write 2.0 only).`;
    this.written = {
      samples: counter("written_samples", help("samples"), "{sample}"),
      histograms: counter("written_histograms", help("histograms"), "{histogram}"),
      exemplars: counter("written_exemplars", help("exemplars"), "{exemplar}"),
    };
    const definition = {
      name: `${PREFIX}_consumers`,
      help: "Number of requests that are sent at a time.",
      unit: "{consumer}",
    };
    host.metrics.gauge(definition, labels).set(consumers);
  }

  /** Counts what a destination of remote write 2.0 wrote; one that does not say so may not know version 2.0 at all. */
  answered(request: EncodedRequest, headers: HttpAnswer["headers"]): void {
    const missing: string[] = [];
    const partial: Record<string, string> = {};
    for (const [header, what] of WRITTEN) {
      const text = [headers[header]].flat()[0];
      const written = text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
      if (written === undefined) {
        if (request[what] > 0) missing.push(header);
        continue;
      }
      this.written[what].add(written);
      if (written < request[what]) partial[what] = `${written} of ${request[what]}`;
    }
    if (missing.length > 0) {
      this.missingLog.run(() =>
        this.host.log.warn(
          "Response headers of remote write 2.0 are missing: the endpoint may not support it and drop data silently.",
          { endpoint: this.endpoint, missing: missing.join(", ") },
        ),
      );
    }
    if (Object.keys(partial).length > 0) {
      this.partialLog.run((suppressed) =>
        this.host.log.warn("The destination wrote only a part.", {
          endpoint: this.endpoint,
          written: partial,
          suppressed,
        }),
      );
    }
  }
}
