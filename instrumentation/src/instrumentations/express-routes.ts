/** The route of a request handled by express: what its mounts and its route were registered as. */
import type { IncomingMessage } from "node:http";
import { type ServedRequest, servedOf } from "./http-server/request-context.js";

/** The part of an express (4 and 5) layer that is used. */
export interface Layer {
  handle: LayerHandle;
}

type LayerHandle = (this: unknown, ...args: unknown[]) => unknown;
type ExpressRequest = IncomingMessage & { originalUrl?: string };

const wrapped: unique symbol = Symbol("venturi.wrapped");

/** Segments that match anything say nothing of the route: the root, `*`, and express 5's `{*name}`. */
function isMeaningful(path: string): boolean {
  return path !== "/" && path !== "/*" && !/^\/\{\*[^}]*\}$/.test(path);
}

/**
 * Makes the layer keep the request's route. Only layers with a path are wrapped, so plain middleware costs nothing;
 * a layer's last answer is kept, as its mount is nearly always the same.
 */
export function trackRoute(layer: Layer, path: string | undefined): void {
  const original = layer.handle as LayerHandle & { [wrapped]?: true };
  // Express tells error handlers by their four parameters.
  if (path === undefined || original.length === 4 || original[wrapped] === true) return;
  const isRoot = !isMeaningful(path);
  let mountedAt = "";
  let full = isRoot ? "" : join("", path);
  const fullFrom = (mount: string): string => {
    if (mount !== mountedAt) {
      mountedAt = mount;
      full = isRoot ? mount : join(mount, path);
    }
    return full;
  };
  const handle = function (this: unknown, request: ExpressRequest, response: unknown, next: unknown): unknown {
    const served = servedOf(request);
    if (served === undefined) return original.call(this, request, response, next);
    const mount = served.mountedAt;
    const routeBefore = served.route;
    enter(served, fullFrom(mount), request);
    return original.call(this, request, response, (error?: unknown, ...rest: unknown[]) => {
      served.mountedAt = mount;
      // An error ends in an error handler: the route that failed is the request's.
      if (!isError(error)) served.route = routeBefore;
      return (next as (...args: unknown[]) => unknown)(error, ...rest);
    });
  };
  layer.handle = Object.assign(withPropertiesOf(original, handle as LayerHandle), { [wrapped]: true });
}

function join(mount: string, path: string): string {
  const joined = `${mount}${path}`.replace(/\/{2,}/g, "/");
  return joined === "*" || joined.startsWith("/") ? joined : `/${joined}`;
}

function enter(served: ServedRequest, route: string, request: ExpressRequest): void {
  served.mountedAt = route;
  served.route = route !== "" ? route : request.originalUrl === "/" ? "/" : undefined;
}

/** What express does not take for an error in a call of `next`. */
function isError(argument: unknown): boolean {
  return argument !== undefined && argument !== null && argument !== "route" && argument !== "router";
}

/** Handles carry state in properties (a router's stack), which apps read and write through the layer. */
function withPropertiesOf(original: LayerHandle, replacement: LayerHandle): LayerHandle {
  const source = original as unknown as Record<string, unknown>;
  for (const key in source) {
    Object.defineProperty(replacement, key, {
      enumerable: true,
      configurable: true,
      get: () => source[key],
      set: (value) => {
        source[key] = value;
      },
    });
  }
  return replacement;
}
