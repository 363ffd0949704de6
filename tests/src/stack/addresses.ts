import { createServer } from "node:net";
import { type ComposeServices, publishedPort } from "./compose.js";

/**
 * Where each container's ports are on this machine, and the one place at which the text of a configuration is changed:
 * in compose every service has an address of its own, here all of them share 127.0.0.1.
 */
export class Addresses {
  readonly #services: ComposeServices;
  readonly #freePorts: boolean;
  readonly #ports = new Map<string, Promise<number>>();
  readonly #standIns = new Map<string, string>();
  readonly #ownHostPort: RegExp;
  readonly #otherHostPort: RegExp;

  /** @param freePorts false: the ports at which compose publishes, and free ones for the rest */
  constructor(services: ComposeServices, freePorts: boolean) {
    this.#services = services;
    this.#freePorts = freePorts;
    this.#ownHostPort = /(?<![\w.])(0\.0\.0\.0|127\.0\.0\.1|localhost):(\d+)/g;
    this.#otherHostPort = new RegExp(`(?<![\\w.]|[^:]-)(${Object.keys(services).join("|")}):(\\d{4,5})\\b`, "g");
  }

  /** The port of 127.0.0.1 that stands for a container's port; always the same for the same container and port. */
  port(service: string, containerPort: number): Promise<number> {
    const key = `${service}:${containerPort}`;
    const known = this.#ports.get(key);
    if (known !== undefined) return known;
    const described = this.#services[service];
    const published = described === undefined ? undefined : publishedPort(described, containerPort);
    const port = published === undefined || this.#freePorts ? takePort(0) : takePort(published);
    this.#ports.set(key, port);
    return port;
  }

  /** `http://127.0.0.1:…` of a container's port. */
  async url(service: string, containerPort: number): Promise<string> {
    return `http://127.0.0.1:${await this.port(service, containerPort)}`;
  }

  /** From now on `url` stands where compose has `composeUrl`: for a server that chose its port and password itself. */
  standIn(composeUrl: string, url: string): void {
    this.#standIns.set(composeUrl, url.replace(/:(\d+)\//, `:${placed}$1/`));
  }

  /**
   * Text as a service's container reads it, with this machine's addresses in it:
   * `prometheus:9090` (any service of compose), `0.0.0.0:4317` and `127.0.0.1:8888` (the service's own) become
   * `127.0.0.1:PORT`, and a YAML line `port: 8888` the port. Nothing else changes.
   */
  async localise(service: string, text: string): Promise<string> {
    let standing = text;
    for (const [composeUrl, url] of this.#standIns) standing = standing.replaceAll(composeUrl, url);
    const others = await replaceEach(standing, this.#otherHostPort, ([, host = "", port]) => this.#at(host, port));
    // What was put in above is an address of this machine already: only text between such addresses is looked at.
    const own = await replaceEach(others, this.#ownHostPort, ([, , port]) => this.#at(service, port));
    const lines = await replaceEach(own, /^(\s*port: )(\d+)$/gm, async ([, key, port]) => {
      return `${key}${await this.port(service, Number(port))}`;
    });
    return lines.replaceAll(placed, "");
  }

  async #at(service: string, port: string | undefined): Promise<string> {
    return `127.0.0.1:${placed}${await this.port(service, Number(port))}`;
  }
}

/** Marks, while a text is worked on, a port that is this machine's. */
const placed = "\u0000";

async function replaceEach(
  text: string,
  pattern: RegExp,
  replacement: (match: RegExpMatchArray) => Promise<string>,
): Promise<string> {
  let result = "";
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    result += text.slice(end, match.index) + (await replacement(match));
    end = match.index + match[0].length;
  }
  return result + text.slice(end);
}

/** Looks whether a port of 127.0.0.1 is free, 0 for any. */
function takePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) => {
      const advice = "stop what uses it, or give --free-ports";
      reject(new Error(`cannot use port ${wanted} of 127.0.0.1: ${cause.message} (${advice})`, { cause }));
    });
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : wanted));
    });
  });
}
