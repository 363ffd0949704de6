import { stringify } from "yaml";
import type { Factory, SignalStability, Stability } from "../component.js";
import { SCHEMES } from "./source.js";

const SIGNALS = ["logs", "metrics", "traces"] as const;
const MODULE = "@venturi/collector";

/** What a collector is made of, as YAML of the shape that `otelcol components` prints. */
export function listComponents(factories: readonly Factory[], version: string): string {
  const of = (kind: Factory["kind"]) =>
    factories
      .filter((factory) => factory.kind === kind)
      .sort((a, b) => (a.type < b.type ? -1 : 1))
      .map((factory) => ({ name: factory.type, module: `${MODULE} ${version}`, stability: stabilityOf(factory) }));
  return stringify({
    buildinfo: { command: "venturi collector", description: "OpenTelemetry Collector in TypeScript", version },
    receivers: of("receiver"),
    processors: of("processor"),
    exporters: of("exporter"),
    connectors: of("connector"),
    extensions: of("extension"),
    providers: SCHEMES.map((scheme) => ({ scheme, module: `${MODULE} ${version}` })),
  });
}

function stabilityOf(factory: Factory): Record<string, string> {
  switch (factory.kind) {
    case "extension":
      return { extension: "Beta" };
    case "connector":
      return Object.fromEntries(
        SIGNALS.flatMap((from) =>
          SIGNALS.map((to) => {
            const pair = factory.pairs.find((one) => one.from === from && one.to === to);
            return [`${from}-to-${to}`, word(pair?.stability)];
          }),
        ),
      );
    default: {
      const signals: SignalStability = factory.signals;
      return Object.fromEntries(SIGNALS.map((signal) => [signal, word(signals[signal])]));
    }
  }
}

function word(stability: Stability | undefined): string {
  return stability === undefined ? "Undefined" : `${stability.charAt(0).toUpperCase()}${stability.slice(1)}`;
}
