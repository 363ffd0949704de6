/** Where the parts of an embedded stack listen; port 0 lets the system choose. */
export interface StackAddresses {
  readonly otlpGrpc: string;
  readonly otlpHttp: string;
  /** The Prometheus and Jaeger APIs and the pages. */
  readonly api: string;
  /** The collector's own metrics. A fixed port, because the collector scrapes itself. */
  readonly telemetryPort: number;
  readonly healthCheck: string;
}

/** What `venturi up` listens on: OTLP on its registered ports, the APIs and pages on the next one. */
export const defaultAddresses: StackAddresses = {
  otlpGrpc: "127.0.0.1:4317",
  otlpHttp: "127.0.0.1:4318",
  api: "127.0.0.1:4319",
  telemetryPort: 8888,
  healthCheck: "127.0.0.1:13133",
};

/**
 * The collector configuration of the embedded stack, in the same YAML that a user would write: everything received is
 * kept, RED metrics are derived from the spans, and the collector's own metrics are scraped like any other target.
 */
export function stackConfig(addresses: StackAddresses, databasePath: string): string {
  return `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: ${addresses.otlpGrpc}
      http:
        endpoint: ${addresses.otlpHttp}
  prometheus:
    config:
      scrape_configs:
        - job_name: venturi-collector
          scrape_interval: 5s
          static_configs:
            - targets: ["127.0.0.1:${addresses.telemetryPort}"]

processors:
  memory_limiter:
    check_interval: 1s
    limit_mib: 1024
    spike_limit_mib: 256
  batch:
    timeout: 200ms

connectors:
  spanmetrics:
    metrics_flush_interval: 5s
    # One collector writes to this store, so its identity would only start new series at every restart.
    exclude_dimensions: [collector.instance.id]

exporters:
  venturi_store:
    path: ${JSON.stringify(databasePath)}
    endpoint: ${addresses.api}

extensions:
  health_check:
    endpoint: ${addresses.healthCheck}

service:
  extensions: [health_check]
  telemetry:
    metrics:
      readers:
        - pull:
            exporter:
              prometheus:
                host: 127.0.0.1
                port: ${addresses.telemetryPort}
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, batch]
      exporters: [venturi_store, spanmetrics]
    metrics:
      receivers: [otlp, prometheus, spanmetrics]
      processors: [memory_limiter, batch]
      exporters: [venturi_store]
    logs:
      receivers: [otlp]
      processors: [memory_limiter, batch]
      exporters: [venturi_store]
`;
}
