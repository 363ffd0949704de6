import { parseTraceState } from "../../processors/probabilistic_sampler/trace-state.js";
import type { SpanScan } from "./span-scan.js";

const TWO_56 = 2n ** 56n;
const EMPTY = new Uint8Array(0);
/** `ot=`: without it no trace state says how it was sampled. */
const OT_BYTES = [0x6f, 0x74, 0x3d] as const;

/**
 * For how many spans a sampled span stands, by the threshold that OpenTelemetry's consistent sampling wrote into its trace
 * state (`ot=th:…`): 2^56 / (2^56 - threshold). The fraction is rounded up or down at random, so that the sum is right.
 * Spans of a trace have the same trace state, so the last one is remembered.
 */
export class AdjustedCount {
  /** For how many spans the span that was read last stands. */
  count = 1;
  /** Whether its trace state says so. */
  isAdjusted = false;
  private last = EMPTY;
  private readonly random: () => number;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  read({ bytes, traceStateStart: start, traceStateEnd: end }: SpanScan): void {
    if (start === end) {
      this.count = 1;
      this.isAdjusted = false;
      this.last = EMPTY;
      return;
    }
    if (this.isLast(bytes, start, end)) return;
    this.last = bytes.slice(start, end);
    const times = hasOt(bytes, start, end) ? this.timesOf(Buffer.from(this.last).toString("utf8")) : undefined;
    this.count = times ?? 1;
    this.isAdjusted = times !== undefined;
  }

  private timesOf(text: string): number | undefined {
    const { isMalformed, threshold } = parseTraceState(text);
    if (isMalformed || threshold === undefined) return undefined;
    const share = TWO_56 - ((BigInt(threshold.high) << 32n) | BigInt(threshold.low));
    const remainder = Number(TWO_56 % share) / Number(share);
    return Number(TWO_56 / share) + (this.random() < remainder ? 1 : 0);
  }

  private isLast(bytes: Uint8Array, start: number, end: number): boolean {
    const { last } = this;
    if (end - start !== last.length) return false;
    for (let at = 0; at < last.length; at++) if (bytes[start + at] !== last[at]) return false;
    return true;
  }
}

function hasOt(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 2 < end; at++) {
    if (bytes[at] === OT_BYTES[0] && bytes[at + 1] === OT_BYTES[1] && bytes[at + 2] === OT_BYTES[2]) return true;
  }
  return false;
}
