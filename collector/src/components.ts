import type { Factory } from "./component.js";
import { countConnector } from "./connectors/count/count.js";
import { forwardConnector } from "./connectors/forward/forward.js";
import { serviceGraphConnector } from "./connectors/servicegraph/servicegraph.js";
import { spanMetricsConnector } from "./connectors/spanmetrics/spanmetrics.js";
import { debugExporter } from "./exporters/debug/debug.js";
import { fileExporter } from "./exporters/file/file.js";
import { loadBalancingExporter } from "./exporters/loadbalancing/loadbalancing.js";
import { nopExporter } from "./exporters/nop/nop.js";
import { otlpGrpcExporter } from "./exporters/otlp/otlp.js";
import { otlpHttpExporter } from "./exporters/otlphttp/otlphttp.js";
import { prometheusExporter } from "./exporters/prometheus/prometheus.js";
import { remoteWriteExporter } from "./exporters/prometheusremotewrite/remote-write.js";
import { venturiStoreExporter } from "./exporters/venturi_store/venturi-store.js";
import { basicAuthExtension } from "./extensions/basicauth/basicauth.js";
import { bearerTokenAuthExtension } from "./extensions/bearertokenauth/bearertokenauth.js";
import { fileStorageExtension } from "./extensions/file_storage/file-storage.js";
import { healthCheckExtension } from "./extensions/health_check/health-check.js";
import { pprofExtension } from "./extensions/pprof/pprof.js";
import { zPagesExtension } from "./extensions/zpages/zpages.js";
import { attributesProcessor } from "./processors/attributes/attributes.js";
import { batchProcessor } from "./processors/batch/batch.js";
import { filterProcessor } from "./processors/filter/filter.js";
import { memoryLimiterProcessor } from "./processors/memory_limiter/memory-limiter.js";
import { probabilisticSamplerProcessor } from "./processors/probabilistic_sampler/probabilistic-sampler.js";
import { resourceProcessor } from "./processors/resource/resource.js";
import { resourceDetectionProcessor } from "./processors/resourcedetection/resourcedetection.js";
import { tailSamplingProcessor } from "./processors/tail_sampling/tail-sampling.js";
import { transformProcessor } from "./processors/transform/transform.js";
import { hostMetricsReceiver } from "./receivers/hostmetrics/host-metrics.js";
import { otlpReceiver } from "./receivers/otlp/otlp.js";
import { prometheusReceiver } from "./receivers/prometheus/prometheus.js";
import { zipkinReceiver } from "./receivers/zipkin/zipkin.js";

/** Every component of this collector. To add one: write its folder, then add its line here. */
export const components: readonly Factory[] = [
  hostMetricsReceiver,
  otlpReceiver,
  prometheusReceiver,
  zipkinReceiver,

  attributesProcessor,
  batchProcessor,
  filterProcessor,
  memoryLimiterProcessor,
  probabilisticSamplerProcessor,
  resourceProcessor,
  resourceDetectionProcessor,
  tailSamplingProcessor,
  transformProcessor,

  countConnector,
  forwardConnector,
  serviceGraphConnector,
  spanMetricsConnector,

  debugExporter,
  fileExporter,
  loadBalancingExporter,
  nopExporter,
  otlpGrpcExporter,
  otlpHttpExporter,
  prometheusExporter,
  remoteWriteExporter,
  venturiStoreExporter,

  basicAuthExtension,
  bearerTokenAuthExtension,
  fileStorageExtension,
  healthCheckExtension,
  pprofExtension,
  zPagesExtension,
];
