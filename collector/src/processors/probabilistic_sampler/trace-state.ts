import { type Pair, parseRandomness, parseThreshold } from "./threshold.js";

const W3C_BYTES_MAX = 1024;
const OT_BYTES_MAX = 256;
/** As upstream, which counts the last allowed member as one too many. */
const MEMBERS_MAX = 31;
const KEY = /^(?:[a-z][a-z0-9_\-*/]*|([a-z0-9][a-z0-9_\-*/]*)@([a-z][a-z0-9_\-*/]*))$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const OT = /^[a-z][a-z0-9]*:[A-Za-z0-9._-]*(?:;[a-z][a-z0-9]*:[A-Za-z0-9._-]*)*$/;

/** A W3C `tracestate`: what OpenTelemetry's samplers wrote into it, and the rest. */
export interface TraceState {
  /** What could be read of a malformed one is there nevertheless. */
  readonly isMalformed: boolean;
  readonly randomness?: Pair;
  readonly threshold?: Pair;
  /** As they came: they may be written again unchanged. */
  readonly randomnessText?: string;
  readonly thresholdText?: string;
  /** Other members of `ot`, as `key:value`. */
  readonly otherOt: readonly string[];
  /** Other vendors' members, as `key=value`. */
  readonly others: readonly string[];
}

const NONE: TraceState = { isMalformed: false, otherOt: [], others: [] };

export function parseTraceState(text: string): TraceState {
  if (text === "") return NONE;
  const members = text.split(",").map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ""));
  const isValid = members.every((member) => member === "" || isMember(member));
  if (Buffer.byteLength(text) > W3C_BYTES_MAX || !isValid) return { ...NONE, isMalformed: true };
  const others: string[] = [];
  let state: TraceState = NONE;
  let isMalformed = members.length > MEMBERS_MAX;
  for (const member of members.slice(0, MEMBERS_MAX)) {
    if (member === "") continue;
    const equals = member.indexOf("=");
    const key = member.slice(0, equals);
    if (!hasFittingKey(key)) isMalformed = true;
    else if (key === "ot") {
      state = parseOt(member.slice(equals + 1));
      isMalformed ||= state.isMalformed;
    } else others.push(member);
  }
  return { ...state, isMalformed, others };
}

export function writeTraceState(
  { otherOt, others }: TraceState,
  randomness: string | undefined,
  threshold: string | undefined,
): string {
  const ot = [
    ...(randomness === undefined || randomness === "" ? [] : [`rv:${randomness}`]),
    ...(threshold === undefined || threshold === "" ? [] : [`th:${threshold}`]),
    ...otherOt,
  ];
  return [...(ot.length > 0 ? [`ot=${ot.join(";")}`] : []), ...others].join(",");
}

function isMember(member: string): boolean {
  const equals = member.indexOf("=");
  return equals > 0 && KEY.test(member.slice(0, equals)) && VALUE.test(member.slice(equals + 1));
}

function hasFittingKey(key: string): boolean {
  const [, tenant, system] = KEY.exec(key) ?? [];
  return key.length <= 256 && (tenant?.length ?? 0) <= 241 && (system?.length ?? 0) <= 14;
}

function parseOt(text: string): TraceState {
  if (text.length > OT_BYTES_MAX || !OT.test(text)) return { ...NONE, isMalformed: true };
  let isMalformed = false;
  let read: Pick<TraceState, "randomness" | "randomnessText" | "threshold" | "thresholdText"> = {};
  const otherOt: string[] = [];
  for (const member of text.split(";")) {
    const value = member.slice(member.indexOf(":") + 1);
    if (member.startsWith("rv:")) {
      const randomness = parseRandomness(value);
      if (randomness === undefined) isMalformed = true;
      else read = { ...read, randomness, randomnessText: value };
    } else if (member.startsWith("th:")) {
      const threshold = parseThreshold(value);
      if (threshold === undefined) isMalformed = true;
      else read = { ...read, threshold, thresholdText: value };
    } else otherOt.push(member);
  }
  return { isMalformed, ...read, otherOt, others: [] };
}
