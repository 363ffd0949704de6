import type { Batch, Signal } from "@venturi/otlp";
import {
  type ComponentHost,
  type Consumer,
  type Exporter,
  type ExporterFactory,
  type Outcome,
  type Refusal,
  StartError,
} from "../../component.js";
import { giveBack } from "../../lease.js";
import type { Lane } from "../../ledger.js";
import { Backends } from "./backends.js";
import { type LoadBalancingConfig, loadBalancingSchema, type RoutingKey } from "./config.js";
import { ItemSplitter } from "./item-splitter.js";
import { MetricSplitter } from "./metric-splitter.js";
import type { Splitter } from "./splitter.js";

/** Sends what belongs together (a trace, a service) to the same one of several backends. */
export const loadBalancingExporter: ExporterFactory<LoadBalancingConfig> = {
  kind: "exporter",
  type: "loadbalancing",
  aliases: ["load_balancing"],
  schema: loadBalancingSchema,
  signals: { traces: "beta", logs: "beta", metrics: "development" },
  create: (config, host) => new LoadBalancer(config, host),
};

const ALLOWED: Readonly<Record<Signal, readonly RoutingKey[]>> = {
  traces: ["traceID", "service", "resource", "attributes"],
  logs: ["traceID", "service", "resource", "attributes"],
  metrics: ["service", "resource", "metric", "streamID"],
};

class LoadBalancer implements Exporter {
  private readonly config: LoadBalancingConfig;
  private readonly host: ComponentHost;
  private readonly backends: Backends;
  private readonly signals = new Set<Signal>();

  constructor(config: LoadBalancingConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
    this.backends = new Backends(config, host);
  }

  consumer(signal: Signal, lane: Lane): Consumer {
    this.signals.add(signal);
    const splitter = this.splitter(signal);
    return { consume: (batch) => this.consume(splitter, batch, lane) };
  }

  async start(): Promise<void> {
    for (const signal of this.signals) {
      if (ALLOWED[signal].includes(this.keyOf(signal))) continue;
      const known = ALLOWED[signal].join(", ");
      throw new StartError(
        `cannot start exporter "${this.host.id.text}": routing_key "${this.config.routing_key}" is not for ${signal}; use one of ${known}`,
      );
    }
    await this.backends.start();
  }

  shutdown(): Promise<void> {
    return this.backends.shutdown();
  }

  private keyOf(signal: Signal): RoutingKey {
    const { routing_key } = this.config;
    return routing_key === "" ? (signal === "metrics" ? "service" : "traceID") : routing_key;
  }

  private splitter(signal: Signal): Splitter {
    const key = this.keyOf(signal);
    return signal === "metrics"
      ? new MetricSplitter(key)
      : new ItemSplitter(signal, key, this.config.routing_attributes);
  }

  private consume(splitter: Splitter, batch: Batch, lane: Lane): Outcome | Promise<Outcome> {
    const { ring } = this.backends;
    if (ring.endpoints.length === 0) return NO_BACKEND;
    const { parts, unroutable } = splitter.split(batch, ring);
    const offers: Offer[] = [];
    parts.forEach((part, number) => {
      if (part === undefined) return;
      offers.push({ items: part.itemCount, outcome: this.backends.send(ring.endpoints[number] as string, part, lane) });
    });
    const settle = (outcomes: readonly Outcome[]): Outcome => settleParts(offers, outcomes, unroutable, batch, lane);
    const outcomes = offers.map(({ outcome }) => outcome);
    return outcomes.some((outcome) => outcome instanceof Promise)
      ? Promise.all(outcomes).then(settle)
      : settle(outcomes as Outcome[]);
  }
}

interface Offer {
  readonly items: number;
  readonly outcome: Outcome | Promise<Outcome>;
}

const NO_BACKEND: Refusal = {
  reason: "export_failed",
  message: "no backend is known: the resolver has found none yet",
  retryable: true,
};

/** The batch is refused only when every backend refuses: else those that took their part would get it twice. */
function settleParts(
  offers: readonly Offer[],
  outcomes: readonly Outcome[],
  unroutable: number,
  batch: Batch,
  lane: Lane,
): Outcome {
  const refused = outcomes.find((outcome) => outcome !== undefined);
  if (refused !== undefined && !outcomes.includes(undefined) && unroutable === 0) return refused;
  offers.forEach(({ items }, index) => {
    const outcome = outcomes[index];
    if (outcome !== undefined) lane.drop(items, outcome.reason);
  });
  if (unroutable > 0) lane.drop(unroutable, "no_routing_key");
  // Every part is a copy.
  giveBack(batch);
  return undefined;
}
