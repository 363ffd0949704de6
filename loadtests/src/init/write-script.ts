import { HttpApi } from "../backends/http.js";
import { JaegerClient } from "../backends/jaeger.js";
import { LoadTestError } from "../load-test-error.js";
import { openApiRoutes } from "./openapi.js";
import { starterScript } from "./starter-script.js";
import { traceRoutes } from "./trace-routes.js";

export interface WriteScriptOptions {
  readonly baseUrl: string;
  /** Requests that change data too. */
  readonly unsafe?: boolean;
  /** An OpenAPI file; else the routes are those of the traces at `jaegerUrl`. */
  readonly openApi?: string;
  readonly jaegerUrl: string;
  readonly rootService?: string;
  /** How far back traces are looked for. */
  readonly windowMs: number;
}

/** The text of a starter script. @throws LoadTestError when there is nothing to write it from */
export async function writeScript(options: WriteScriptOptions): Promise<string> {
  const { baseUrl, unsafe = false, openApi } = options;
  if (openApi !== undefined) {
    return starterScript(await openApiRoutes(openApi), { baseUrl, unsafe, source: openApi });
  }
  const jaeger = new JaegerClient(new HttpApi("Jaeger", options.jaegerUrl));
  const endMs = Date.now();
  const window = { startMs: endMs - options.windowMs, endMs };
  const rootService = options.rootService ?? (await jaeger.findRootService(window));
  if (rootService === null) {
    throw new LoadTestError(
      `no traces at ${jaeger.api.title} to take routes from: send some requests, or give --openapi`,
    );
  }
  const routes = traceRoutes(await jaeger.sampleTraces(rootService, window), rootService);
  return starterScript(routes, { baseUrl, unsafe, source: `the traces of ${rootService}` });
}

/** A script that asks for one URL. */
export function urlScript(url: string): string {
  const { origin, pathname, search } = new URL(url);
  const route = { method: "GET", template: pathname, path: pathname + search, weight: 1 };
  return starterScript([route], { baseUrl: origin, source: url });
}
