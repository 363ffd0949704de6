import type { SentAlert } from "../rules/alert.js";
import { tableLink } from "../rules/template/functions.js";
import { Alertmanager, type AlertmanagerStats } from "./alertmanager.js";

/** Tells alerts to Alertmanagers over their `/api/v2/alerts`; each gets all of them, at its own pace. */
export class AlertmanagerClient {
  readonly #alertmanagers: readonly Alertmanager[];
  readonly #externalUrl: string;
  #isStopped = false;

  /**
   * @param externalUrl without a slash at its end; links in alerts begin with it
   * @throws {Error} when an address is none
   */
  constructor(urls: readonly string[], externalUrl: string, log: (line: string) => void) {
    const addresses = new Map(urls.map(alertsUrl).map((url) => [url.href, url]));
    this.#alertmanagers = [...addresses.values()].map((url) => new Alertmanager(url, log));
    this.#externalUrl = externalUrl;
  }

  /** The addresses that are posted to, without passwords. */
  get urls(): string[] {
    return this.#alertmanagers.map(({ shownUrl }) => shownUrl);
  }

  /** By address. */
  get stats(): Readonly<Record<string, AlertmanagerStats>> {
    return Object.fromEntries(this.#alertmanagers.map(({ shownUrl, stats }) => [shownUrl, stats]));
  }

  send(alerts: readonly SentAlert[]): void {
    if (alerts.length === 0 || this.#isStopped) return;
    const messages = alerts.map((alert) => this.#message(alert));
    for (const alertmanager of this.#alertmanagers) alertmanager.add(messages);
  }

  /** Resolves when everything that waits was sent or given up. */
  async drain(): Promise<void> {
    await Promise.all(this.#alertmanagers.map((alertmanager) => alertmanager.drain()));
  }

  /** Takes no more, and sends what waits; what takes longer than `timeoutMs` is given up. */
  async stop(timeoutMs = 10_000): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#alertmanagers.map((alertmanager) => alertmanager.stop(timeoutMs)));
  }

  #message({ labels, annotations, startsAtMs, endsAtMs, query }: SentAlert): string {
    return JSON.stringify({
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      endsAt: new Date(endsAtMs).toISOString(),
      startsAt: new Date(startsAtMs).toISOString(),
      generatorURL: this.#externalUrl + tableLink(query),
      labels,
    });
  }
}

/** Where alerts are posted to. @throws {Error} one line: the address is none */
export function alertsUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(`cannot send alerts to "${text}": it is no http address, such as http://127.0.0.1:9093`);
  }
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v2/alerts`;
  return url;
}
