import type { BoundEndpoint } from "../collector.js";
import type { ComponentHost, Extension, OpenStore, ServiceSnapshot } from "../component.js";
import type { ComponentId } from "../config/component-id.js";
import type { Logger } from "../telemetry/logger.js";
import type { MetricRegistry } from "../telemetry/metric-registry.js";
import type { SamplingExplanations } from "../telemetry/sampling-explanations.js";
import type { OwnedHost } from "./nodes.js";

/** What the hosts of all components share. */
export interface HostServices {
  readonly log: Logger;
  readonly metrics: MetricRegistry;
  readonly instanceId: string;
  /** Components add what they bind, and it is taken away with them. */
  readonly endpoints: BoundEndpoint[];
  readonly sampling: SamplingExplanations;
  readonly drainDeadlineMs: () => number;
  readonly isServing: () => boolean;
  readonly service: () => ServiceSnapshot;
  readonly extension: (id: string) => Extension | undefined;
  readonly openStore: OpenStore | undefined;
}

/** The host of one component. */
export function makeHost(services: HostServices, id: ComponentId, pipeline?: string): OwnedHost {
  const { metrics, instanceId, isServing, service, extension, openStore, sampling, endpoints } = services;
  const fields = { "otelcol.component.id": id.text, "otelcol.component.kind": id.kind };
  const undo: (() => void)[] = [];
  let ownDeadlineMs = Number.POSITIVE_INFINITY;
  const host: ComponentHost = {
    id,
    log: services.log.with(pipeline === undefined ? fields : { ...fields, "otelcol.pipeline.id": pipeline }),
    metrics,
    instanceId,
    drainDeadlineMs: () => Math.min(services.drainDeadlineMs(), ownDeadlineMs),
    isServing,
    bound: (protocol, address) => {
      const endpoint = { component: `${id.kind} ${id.text}`, protocol, address };
      endpoints.push(endpoint);
      undo.push(() => void endpoints.splice(endpoints.indexOf(endpoint), 1));
    },
    service,
    authenticator: (text) => extension(text)?.authenticator,
    storage: (text) => extension(text)?.storage,
    explainSampling: (explain) => void undo.push(sampling.add(id.text, pipeline ?? "", explain)),
    openStore,
  };
  return {
    host,
    limitDrain: (ms) => {
      ownDeadlineMs = performance.now() + ms;
    },
    forget: () => {
      for (const takeAway of undo.splice(0)) takeAway();
    },
  };
}
