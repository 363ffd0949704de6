import { suggest } from "./suggest.js";

/** Gates of the Collector 0.155 whose behaviour this collector has, always. */
const ON: readonly string[] = [
  "connector.spanmetrics.includeCollectorInstanceID",
  "exporter.prometheusexporter.DisableAddMetricSuffixes",
  "ottl.PanicDuplicateName",
  "ottl.contexts.enableOTelColContext",
  "pkg.translator.zipkin.DontEmitV0NetworkConventions",
  "pkg.translator.zipkin.EmitV1NetworkConventions",
  "processor.filter.defaultErrorModeIgnore",
  "processor.transform.defaultErrorModeIgnore",
];

/** Gates of the Collector 0.155 whose behaviour this collector does not have. */
const OFF: readonly string[] = [
  "confmap.enableMergeAppendOption",
  "connector.spanmetrics.excludeResourceMetrics",
  "connector.spanmetrics.legacyMetricNames",
  "connector.spanmetrics.useSecondAsDefaultMetricsUnit",
  "exporter.file.nativeCompression",
  "exporter.prometheusremotewritexporter.EnableMultipleWorkers",
  "exporter.prometheusremotewritexporter.RetryOn429",
  "exporter.prometheusremotewritexporter.enableSendingRW2",
  "extension.healthcheck.useComponentStatus",
  "filter.filterlog.useOTTLBridge",
  "filter.filtermetric.useOTTLBridge",
  "filter.filterspan.useOTTLBridge",
  "ottl.functions.enableLambda",
  "pdata.useProtoPooling",
  "pkg.translator.prometheus.PermissiveLabelSanitization",
  "pkg.translator.zipkin.DontEmitV0CloudResourceConventions",
  "pkg.translator.zipkin.DontEmitV0HttpConventions",
  "pkg.translator.zipkin.DontEmitV0ScopeConventions",
  "pkg.translator.zipkin.EmitV1CloudResourceConventions",
  "pkg.translator.zipkin.EmitV1HttpConventions",
  "pkg.translator.zipkin.EmitV1ScopeConventions",
  "processor.tailsamplingprocessor.metricstatcountbytessampled",
  "processor.tailsamplingprocessor.metricstatcountspanssampled",
  "processor.tailsamplingprocessor.recordpolicy",
  "processor.tailsamplingprocessor.tailstorageextension",
  "receiver.prometheusreceiver.EnableCreatedTimestampZeroIngestion",
  "receiver.prometheusreceiver.IgnoreScopeInfoMetric",
  "receiverhelper.newReceiverMetrics",
  "service.AllowNoPipelines",
  "service.profilesSupport",
  "spanmetrics.statusCodeConvention.useOtelPrefix",
  "telemetry.newPipelineTelemetry",
  "transform.flatten.logs",
];

/**
 * Reads `--feature-gates a,-b,+c`. A gate cannot be switched here, so it is accepted where it asks for what is so anyway.
 * Answers every problem, one line each.
 */
export function checkFeatureGates(text: string): string[] {
  const known = [...ON, ...OFF];
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .flatMap((part) => {
      const wanted = !part.startsWith("-");
      const id = part.replace(/^[-+]/, "");
      if (!known.includes(id)) {
        const meant = suggest(id, known);
        return [`no such feature gate "${id}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`];
      }
      if (ON.includes(id) === wanted) return [];
      const state = wanted ? "enabled" : "disabled";
      return [`feature gate "${id}" cannot be ${state}: this collector has one behaviour; leave the gate out`];
    });
}
