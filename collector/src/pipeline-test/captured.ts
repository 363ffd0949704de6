import { type Batch, protobufToJson, type Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Factory } from "../component.js";
import { components } from "../components.js";
import type { Lane } from "../ledger.js";

/** What stands at the ends of the pipelines in place of the world. */
export interface Ends {
  /** The components with their own schemas: receivers wait for the test, exporters keep what they get. */
  readonly factories: readonly Factory[];
  /** By receiver and signal, once the pipelines are built. */
  readonly inputs: Map<string, Partial<Readonly<Record<Signal, Consumer>>>>;
  /** By exporter. */
  readonly outputs: Map<string, Batch[]>;
}

export function createEnds(): Ends {
  const inputs: Ends["inputs"] = new Map();
  const outputs: Ends["outputs"] = new Map();
  const idle = { start: async () => {}, shutdown: async () => {} };
  const factories = components.map((factory): Factory => {
    switch (factory.kind) {
      case "receiver":
        return {
          ...factory,
          create: (_config: unknown, consumers: Partial<Readonly<Record<Signal, Consumer>>>, host: ComponentHost) => {
            inputs.set(host.id.text, consumers);
            return idle;
          },
        };
      case "exporter":
        return {
          ...factory,
          create: (_config: unknown, host: ComponentHost) => {
            const batches: Batch[] = [];
            outputs.set(host.id.text, batches);
            return {
              ...idle,
              consumer: (_signal: Signal, lane: Lane) => ({
                consume: (batch: Batch) => {
                  batches.push(batch);
                  lane.sent += batch.itemCount;
                  return undefined;
                },
              }),
            };
          },
        };
      case "extension":
        // Nothing is opened: an authenticator or a storage is asked for by the ends that were taken away.
        return { ...factory, create: () => idle };
      default:
        return factory;
    }
  });
  return { factories, inputs, outputs };
}

/** All batches of a signal as one request in OTLP/JSON. */
export function toJson(signal: Signal, batches: readonly Batch[]): unknown {
  const slices = batches.filter((batch) => batch.signal === signal).flatMap((batch) => batch.slices);
  return protobufToJson(signal, Buffer.concat(slices));
}
