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

/** Makes the layer keep the request's route, and where its mounts have led. */
export function trackRoute(layer: Layer, path: string | undefined): void {
  const original = layer.handle as LayerHandle & { [wrapped]?: true };
  // Express tells error handlers by their four parameters.
  if (original.length === 4 || original[wrapped] === true) return;
  const handle = path === undefined ? withoutPath(original) : withPath(original, path);
  layer.handle = Object.assign(withPropertiesOf(original, handle), { [wrapped]: true });
}

/** Plain middleware: where it answers itself, the route is that of its mount. */
function withoutPath(original: LayerHandle): LayerHandle {
  return function (this: unknown, request: unknown, response: unknown, next: unknown): unknown {
    const served = servedOf(request as ExpressRequest);
    if (served !== undefined) setRoute(served, served.mountedAt, request as ExpressRequest);
    return original.call(this, request, response, next);
  };
}

function withPath(original: LayerHandle, path: string): LayerHandle {
  const isRoot = !isMeaningful(path);
  // The last answer is kept, as a layer's mount is nearly always the same.
  let mountedAt = "";
  let full = isRoot ? "" : join("", path);
  const fullFrom = (mount: string): string => {
    if (mount !== mountedAt) {
      mountedAt = mount;
      full = isRoot ? mount : join(mount, path);
    }
    return full;
  };
  return function (this: unknown, request: unknown, response: unknown, next: unknown): unknown {
    const served = servedOf(request as ExpressRequest);
    if (served === undefined) return original.call(this, request, response, next);
    const mount = served.mountedAt;
    served.mountedAt = fullFrom(mount);
    setRoute(served, served.mountedAt, request as ExpressRequest);
    return original.call(this, request, response, (...args: unknown[]) => {
      served.mountedAt = mount;
      return (next as (...args: unknown[]) => unknown)(...args);
    });
  };
}

function join(mount: string, path: string): string {
  const joined = `${mount}${path}`.replace(/\/{2,}/g, "/");
  return joined === "*" || joined.startsWith("/") ? joined : `/${joined}`;
}

function setRoute(served: ServedRequest, route: string, request: ExpressRequest): void {
  served.route = route !== "" ? route : request.originalUrl === "/" ? "/" : undefined;
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
