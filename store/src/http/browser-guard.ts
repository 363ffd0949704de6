import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";

export interface BrowserGuardSettings {
  /** Names beyond the usual ones under which the server is reached, such as `obs.example.com`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins (`https://grafana.example.com`) whose pages may read answers; none by default. */
  readonly corsOrigins?: readonly string[] | undefined;
}

export type Verdict =
  /** Headers that let the page of an allowed origin read the answer. */
  | { readonly kind: "allowed"; readonly headers: Readonly<Record<string, string>> }
  /** The browser asks whether it may send a request. */
  | { readonly kind: "preflight"; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Ends of names that nobody can register, so that no attacker's DNS can make a browser take this server for a page's own
 * (DNS rebinding). Names without a dot (a container's, a machine's) are of the same kind.
 */
const privateNames = /(^|\.)(localhost|local|internal|lan|home\.arpa|test|invalid|svc|cluster\.local)$/;
const ipAddress = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/** Keeps web pages of others from driving the API with their visitor's browser. Other clients do not notice it. */
export class BrowserGuard {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor({ allowedHosts = [], corsOrigins = [] }: BrowserGuardSettings) {
    this.#hosts = new Set([...allowedHosts, hostname()].map((name) => name.toLowerCase()));
    this.#origins = new Set(corsOrigins);
  }

  check({ method, headers }: IncomingMessage): Verdict {
    const host = (headers.host ?? "").toLowerCase();
    if (host !== "" && !this.#isOurs(host.replace(/:\d*$/, ""))) {
      return { kind: "refused", reason: `host "${host}" is not allowed: name it in the option for allowed hosts` };
    }
    const { origin } = headers;
    if (origin !== undefined && this.#origins.has(origin)) return this.#crossOrigin(method, headers, origin);
    if (origin !== undefined && origin.replace(/^https?:\/\//, "").toLowerCase() !== host) {
      return { kind: "refused", reason: "requests of other web pages are not allowed" };
    }
    // A page can send GET requests without an origin, as pictures and scripts; it cannot read the answer, but make work.
    const site = headers["sec-fetch-site"];
    const isOther = site === "cross-site" || site === "same-site";
    if (isOther && origin === undefined && headers["sec-fetch-mode"] !== "navigate") {
      return { kind: "refused", reason: "requests of other web pages are not allowed" };
    }
    return { kind: "allowed", headers: {} };
  }

  #isOurs(name: string): boolean {
    return !name.includes(".") || ipAddress.test(name) || privateNames.test(name) || this.#hosts.has(name);
  }

  #crossOrigin(method: string | undefined, headers: IncomingMessage["headers"], origin: string): Verdict {
    const allow: Record<string, string> = {
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "Date",
      "cross-origin-resource-policy": "cross-origin",
    };
    if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) {
      return { kind: "allowed", headers: allow };
    }
    allow["access-control-allow-methods"] = "GET, POST, OPTIONS";
    allow["access-control-allow-headers"] = "Accept, Authorization, Content-Type, Origin";
    return { kind: "preflight", headers: allow };
  }
}
