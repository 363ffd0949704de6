/** Alerts that wait for one Alertmanager; more than these, and the oldest are dropped, since they are sent again. */
const maxWaiting = 10_000;
const maxPerMessage = 256;
const timeoutMs = 10_000;

export interface AlertmanagerStats {
  readonly sent: number;
  /** Lost on the way: it did not take them. */
  readonly failed: number;
  /** Not even tried, since too many waited. */
  readonly overflowed: number;
}

/**
 * One Alertmanager and the alerts that wait for it. As in Prometheus, a message that fails is not sent again: its alerts
 * are, when their rule is evaluated after the resend delay.
 */
export class Alertmanager {
  /** Without a password. */
  readonly shownUrl: string;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #log: (line: string) => void;
  readonly #waiting: string[] = [];
  readonly #abort = new AbortController();
  #sent = 0;
  #failed = 0;
  #overflowed = 0;
  #isFailing = false;
  #sending: Promise<void> | undefined;

  constructor(url: URL, log: (line: string) => void) {
    const { username, password } = url;
    const bare = new URL(url);
    bare.username = bare.password = "";
    this.shownUrl = this.#url = bare.href;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#headers = {
      "content-type": "application/json",
      "user-agent": "venturi",
      // Requests may not have credentials in their address.
      ...(username === "" ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }),
    };
    this.#log = log;
  }

  get stats(): AlertmanagerStats {
    return { sent: this.#sent, failed: this.#failed, overflowed: this.#overflowed };
  }

  /** @param alerts each as JSON */
  add(alerts: readonly string[]): void {
    this.#waiting.push(...alerts.slice(-maxWaiting));
    const dropped = this.#waiting.splice(0, Math.max(0, this.#waiting.length - maxWaiting)).length;
    this.#overflowed += dropped + Math.max(0, alerts.length - maxWaiting);
    this.#sending ??= this.#sendAll();
  }

  async drain(): Promise<void> {
    await this.#sending;
  }

  async stop(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.#abort.abort(), withinMs);
    await this.#sending;
    clearTimeout(timer);
    this.#failed += this.#waiting.splice(0).length;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#abort.signal.aborted) {
      const alerts = this.#waiting.splice(0, maxPerMessage);
      const problem = await this.#post(`[${alerts.join(",")}]`);
      if (problem === undefined) this.#sent += alerts.length;
      else this.#failed += alerts.length;
      this.#report(problem);
    }
    this.#sending = undefined;
  }

  async #post(body: string): Promise<string | undefined> {
    try {
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]);
      const response = await fetch(this.#url, {
        method: "POST",
        headers: this.#headers,
        body,
        signal,
        redirect: "error",
      });
      await response.body?.cancel();
      return response.ok ? undefined : `it answered ${response.status}`;
    } catch (cause) {
      if (!(cause instanceof Error)) return String(cause);
      return cause.cause instanceof Error ? cause.cause.message : cause.message;
    }
  }

  /** A failure is logged once, until it is over. */
  #report(problem: string | undefined): void {
    if ((problem !== undefined) === this.#isFailing) return;
    this.#isFailing = problem !== undefined;
    if (problem === undefined) this.#log(`store: alerts reach ${this.shownUrl} again`);
    else this.#log(`store: cannot send alerts to ${this.shownUrl}: ${problem}`);
  }
}
