import { type Signal, signal } from "@preact/signals";

/** The pages and their paths. A trace is `/traces/{id}`. */
export const pagePaths = {
  home: "/",
  services: "/services",
  map: "/map",
  traces: "/traces",
  compare: "/compare",
  metrics: "/metrics",
  reports: "/reports",
} as const;

/** Where the visitor is. Everything a page shows follows from this, so that a copied address shows the same. */
export interface Route {
  readonly page: keyof typeof pagePaths | "trace" | "unknown";
  /** The trace id; "" on every other page. */
  readonly id: string;
  readonly query: URLSearchParams;
}

const pages = Object.keys(pagePaths) as (keyof typeof pagePaths)[];

/** Reads a path and a query string. */
export function parseRoute(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const [first = "", id = "", ...rest] = path.split("/").filter(Boolean).map(decode);
  if (first === "traces" && id !== "" && rest.length === 0) return { page: "trace", id, query };
  const page = id === "" ? pages.find((name) => pagePaths[name] === `/${first}`) : undefined;
  return { page: page ?? "unknown", id: "", query };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A stray per cent sign in a typed address: take it as it is.
  }
}

/** An address with a query from which empty values are left out. */
export function address(path: string, query: Readonly<Record<string, string>> = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== "");
  return filled.length === 0 ? path : `${path}?${new URLSearchParams(filled)}`;
}

const here = (): Route => parseRoute(location.pathname, location.search);

/** The current route; components that read it render again when it changes. */
export const route: Signal<Route> = signal(typeof location === "undefined" ? parseRoute("/", "") : here());

/** Goes to an address of these pages without loading it anew. `replace` leaves no entry in the history. */
export function navigate(to: string, replace = false): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  route.value = here();
}

if (typeof addEventListener !== "undefined") {
  addEventListener("popstate", () => {
    route.value = here();
  });
}
