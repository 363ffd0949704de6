import type { SentAlert } from "../rules/alert.js";
import { tableLink } from "../rules/template/functions.js";

/** Alerts that wait; when nobody takes them, the oldest are dropped, since they are sent again. */
const maxWaiting = 10_000;
const maxPerMessage = 256;
const timeoutMs = 10_000;

/** Tells alerts to Alertmanagers over their `/api/v2/alerts`; each gets all of them. */
export class AlertmanagerClient {
  /** The addresses that are posted to. */
  readonly urls: readonly string[];
  readonly #externalUrl: string;
  readonly #log: (line: string) => void;
  readonly #waiting: SentAlert[] = [];
  readonly #stop = new AbortController();
  readonly #failing = new Set<string>();
  #sending: Promise<void> | undefined;

  /** @throws {Error} when an address is none */
  constructor(urls: readonly string[], externalUrl: string, log: (line: string) => void) {
    this.urls = urls.map(alertsUrl);
    this.#externalUrl = externalUrl.replace(/\/$/, "");
    this.#log = log;
  }

  send(alerts: readonly SentAlert[]): void {
    if (this.urls.length === 0 || alerts.length === 0 || this.#stop.signal.aborted) return;
    this.#waiting.push(...alerts);
    this.#waiting.splice(0, Math.max(0, this.#waiting.length - maxWaiting));
    this.#sending ??= this.#sendAll();
  }

  /** Resolves when everything that waits was sent or given up. */
  async drain(): Promise<void> {
    await this.#sending;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#stop.signal.aborted) {
      const body = JSON.stringify(this.#waiting.splice(0, maxPerMessage).map((alert) => this.#message(alert)));
      await Promise.all(this.urls.map((url) => this.#post(url, body)));
    }
    this.#sending = undefined;
  }

  /** A failure is logged once until it is over: the alerts are sent again after their resend delay. */
  async #post(url: string, body: string): Promise<void> {
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]);
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      if (this.#failing.delete(url)) this.#log(`store: alerts reach ${hidden(url)} again`);
    } catch (cause) {
      if (this.#stop.signal.aborted || this.#failing.has(url)) return;
      this.#failing.add(url);
      this.#log(`store: cannot send alerts to ${hidden(url)}: ${reason(cause)}`);
    }
  }

  #message({ labels, annotations, startsAtMs, endsAtMs, query }: SentAlert): object {
    return {
      labels,
      annotations,
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: new Date(endsAtMs).toISOString(),
      generatorURL: this.#externalUrl + tableLink(query),
    };
  }
}

function alertsUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(`cannot send alerts to "${text}": it is no http address, such as http://127.0.0.1:9093`);
  }
  url.pathname = `${url.pathname.replace(/\/$/, "")}/api/v2/alerts`;
  return url.href;
}

/** Without a password. */
export function hidden(text: string): string {
  const url = new URL(text);
  url.username = url.password = "";
  return url.href;
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}
