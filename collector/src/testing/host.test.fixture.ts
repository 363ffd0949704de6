import type { ComponentHost } from "../component.js";
import type { ComponentKind } from "../config/component-id.js";
import { createLogger } from "../telemetry/logger.js";
import { MetricRegistry } from "../telemetry/metric-registry.js";

export interface TestHost extends ComponentHost {
  readonly lines: string[];
  readonly addresses: string[];
  readonly metrics: MetricRegistry;
  /** From now on a drain may take this long. */
  startDrain(ms: number): void;
}

/** The host of a component that runs without a collector around it. */
export function testHost(kind: ComponentKind, text: string, overrides: Partial<ComponentHost> = {}): TestHost {
  const lines: string[] = [];
  const addresses: string[] = [];
  let deadlineMs = Number.POSITIVE_INFINITY;
  return {
    id: { kind, text, type: text, name: "" },
    log: createLogger((line) => void lines.push(line)),
    metrics: new MetricRegistry(),
    instanceId: "test-instance",
    drainDeadlineMs: () => deadlineMs,
    isServing: () => true,
    bound: (_protocol, address) => void addresses.push(address),
    service: () => ({
      version: "test",
      instanceId: "test-instance",
      startedMs: 0,
      pipelines: [],
      extensions: [],
      endpoints: [],
      ledger: { pipelines: [] },
    }),
    authenticator: () => undefined,
    storage: () => undefined,
    explainSampling: () => {},
    openStore: undefined,
    ...overrides,
    lines,
    addresses,
    startDrain: (ms) => {
      deadlineMs = performance.now() + ms;
    },
  };
}

/** The value of one of the collector's own metrics; undefined when there is none with exactly these labels. */
export function metricValue(
  registry: MetricRegistry,
  name: string,
  labels: Record<string, string>,
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  const points = registry.collect().find((family) => family.name === name)?.points ?? [];
  const point = points.find((one) => JSON.stringify(Object.entries(one.labels).sort()) === wanted);
  return point !== undefined && "value" in point ? point.value : undefined;
}
