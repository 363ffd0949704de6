import type { InstrumentationBase } from "@opentelemetry/instrumentation";
import { loadInstrumentation } from "../otel.js";

/** The part of a `prom-client` registry that is served. */
export interface PromRegistry {
  getMetricsAsArray(): { readonly name: string }[];
  getSingleMetricAsString(name: string): Promise<string> | string;
}

/**
 * Finds the default registries of `prom-client` when the app loads it, without loading it for an app that does not.
 * The registry's own file is hooked because the main file is loaded past the require hook by an ES module's import.
 */
export function createPromClientWatch(found: (registry: PromRegistry) => void): InstrumentationBase {
  const { InstrumentationBase, InstrumentationNodeModuleDefinition, InstrumentationNodeModuleFile } =
    loadInstrumentation();
  const versions = [">=11 <16"];

  class PromClientWatch extends InstrumentationBase {
    constructor() {
      super("@venturi/instrumentation/prom-client", "0.1.0", {});
    }

    protected override init(): InstanceType<typeof InstrumentationNodeModuleDefinition> {
      const registryFile = new InstrumentationNodeModuleFile(
        "prom-client/lib/registry.js",
        versions,
        (exports: { globalRegistry?: PromRegistry }) => {
          if (exports.globalRegistry !== undefined) found(exports.globalRegistry);
          return exports;
        },
        () => undefined,
      );
      return new InstrumentationNodeModuleDefinition("prom-client", versions, undefined, undefined, [registryFile]);
    }
  }

  return new PromClientWatch();
}
