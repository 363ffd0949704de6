import { type Signal, signal } from "@preact/signals";

/** Where the visitor is. Everything a page shows follows from this, so that a copied address shows the same. */
export interface Route {
  readonly page: "services" | "traces" | "trace" | "reports" | "unknown";
  /** The trace id; "" on every other page. */
  readonly id: string;
  readonly query: URLSearchParams;
}

/** Reads a path and a query string. `/` is the services page. */
export function parseRoute(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const [page = "", id = "", ...rest] = path.split("/").filter(Boolean).map(decode);
  if (rest.length > 0) return { page: "unknown", id: "", query };
  if (page === "" || (page === "services" && id === "")) return { page: "services", id: "", query };
  if (page === "traces") return { page: id === "" ? "traces" : "trace", id, query };
  if (page === "reports" && id === "") return { page: "reports", id: "", query };
  return { page: "unknown", id: "", query };
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
