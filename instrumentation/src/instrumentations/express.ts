import type { ExpressInstrumentation } from "@opentelemetry/instrumentation-express";
import { loadExpress, loadInstrumentation } from "../otel.js";
import { type Layer, trackRoute } from "./express-routes.js";

const supportedVersions: string[] = [">=4.0.0 <6"];

/** The part of the upstream instrumentation that is replaced; private there. */
interface LayerPatching {
  _applyPatch(layer: Layer, layerPath: string | undefined): void;
}

/**
 * The upstream express instrumentation, reached from ES modules too.
 *
 * Upstream patches the exports of the package's main file, which `import express from "express"` loads past the
 * require hook; a loader thread that rewrites imports finds it, at 100 ms of start-up. Express's main file does nothing
 * but require `lib/express.js`, so the same patch there works for `import` and `require` alike, in express 4 and 5.
 *
 * Middleware, router and handler spans are off unless asked for: the server span carries the route. Without them what
 * upstream wraps around every layer is replaced by what finds the route.
 */
export function createExpressInstrumentation(withMiddlewareSpans: boolean): ExpressInstrumentation {
  const { ExpressInstrumentation } = loadExpress();
  const { InstrumentationNodeModuleFile } = loadInstrumentation();

  class RouteInstrumentation extends ExpressInstrumentation {
    override init(): ReturnType<ExpressInstrumentation["init"]> {
      const definitions = super.init();
      for (const definition of definitions) {
        const patch = (exports: unknown): unknown => definition.patch?.(exports) ?? exports;
        definition.files.push(
          new InstrumentationNodeModuleFile("express/lib/express.js", supportedVersions, patch, () => undefined),
        );
      }
      return definitions;
    }
  }

  if (!withMiddlewareSpans) (RouteInstrumentation.prototype as unknown as LayerPatching)._applyPatch = trackRoute;
  return new RouteInstrumentation();
}
