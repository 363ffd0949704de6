import { formatMs, formatNumber, formatPercent } from "@venturi/analysis";
import type { K6Message } from "../k6/log.js";
import { firstLine } from "../k6/log.js";
import type { Measurements } from "../k6/measurements.js";

const recentSeconds = 5;
const plainEveryMs = 5_000;
const sameMessageShown = 1;
const distinctMessagesShown = 8;
/** Up one line and clear it: the reader prints whole lines, so the next one takes the last one's place. */
const replaceLine = "\u001b[1A\u001b[2K";

/** Live lines about the load: one that updates itself on a terminal, one every five seconds elsewhere. */
export class Progress {
  readonly #print: (line: string) => void;
  readonly #isTty: boolean;
  readonly #startedMs = Date.now();
  readonly #messages = new Map<string, number>();
  #replaceable = false;
  #printedMs = Date.now();

  constructor(print: (line: string) => void, isTty: boolean) {
    this.#print = print;
    this.#isTty = isTty;
  }

  update(measurements: Measurements): void {
    const now = Date.now();
    if (!this.#isTty && now - this.#printedMs < plainEveryMs) return;
    const recent = measurements.recent(recentSeconds);
    if (recent === null) return;
    this.#printedMs = now;
    const users = recent.virtualUsers === null ? "" : `   ${formatNumber(recent.virtualUsers)} VUs`;
    const line = `  ${clock(now - this.#startedMs)}   ${recent.ratePerSecond.toFixed(1).padStart(6)} req/s   p95 ${formatMs(recent.p95Ms).padStart(7)}   failed ${formatPercent(recent.failedShare)}${users}`;
    this.#print(this.#isTty && this.#replaceable ? replaceLine + line : line);
    this.#replaceable = true;
  }

  say(line: string): void {
    this.#print(line);
    this.#replaceable = false;
  }

  /** What k6 and the script say. A failing target makes thousands of equal warnings: each is shown once, a few in all. */
  message({ level, text, fromScript }: K6Message): void {
    if (level === "debug" || (level === "info" && !fromScript)) return;
    if (fromScript && level === "info") {
      this.say(`  script: ${text}`);
      return;
    }
    const line = firstLine(text);
    const count = (this.#messages.get(line) ?? 0) + 1;
    if (this.#messages.has(line) || this.#messages.size < 100) this.#messages.set(line, count);
    if (count <= sameMessageShown && this.#messages.size <= distinctMessagesShown) this.say(`  k6 ${level}: ${line}`);
  }

  /** Distinct warnings and errors, the frequent ones with their number. */
  messages(): string[] {
    return [...this.#messages].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  }
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}`;
}
