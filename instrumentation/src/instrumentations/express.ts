import type { ExpressInstrumentation } from "@opentelemetry/instrumentation-express";
import { loadExpress, loadInstrumentation } from "../otel.js";

const supportedVersions: string[] = [">=4.0.0 <6"];

/**
 * The upstream express instrumentation, reached from ES modules too.
 *
 * Upstream patches the exports of the package's main file, which `import express from "express"` loads past the
 * require hook; a loader thread that rewrites imports finds it, at 100 ms of start-up. Express's main file does nothing
 * but require `lib/express.js`, so the same patch there works for `import` and `require` alike, in express 4 and 5.
 *
 * Middleware, router and handler spans are off unless asked for: the server span carries the route.
 */
export function createExpressInstrumentation(withMiddlewareSpans: boolean): ExpressInstrumentation {
  const { ExpressInstrumentation, ExpressLayerType } = loadExpress();
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

  const { MIDDLEWARE, REQUEST_HANDLER, ROUTER } = ExpressLayerType;
  return new RouteInstrumentation(
    withMiddlewareSpans ? {} : { ignoreLayersType: [MIDDLEWARE, ROUTER, REQUEST_HANDLER] },
  );
}
