import type { ApiAnswer } from "./exchange.js";

/** Headers that a client may act on. */
const comparedHeaders = [
  "allow",
  "content-encoding",
  "content-type",
  "location",
  "x-prometheus-remote-write-exemplars-written",
  "x-prometheus-remote-write-histograms-written",
  "x-prometheus-remote-write-samples-written",
];

/** Relative. */
const tolerance = 1e-12;

/** In an info of range queries, Prometheus counts the samples of a step again with every later one. */
const sampleCount = / over \d+ samples/;

export interface Rules {
  /** Fields of a JSON answer, at any depth, that say something of the server itself and not of its data. */
  readonly volatile?: readonly string[];
  /** Compare no more than status and headers. */
  readonly isBodyOwn?: boolean;
  /** Compare everything but the text of an error. */
  readonly isTextOwn?: boolean;
  /** The samples of a vector may come in any order. */
  readonly isUnordered?: boolean;
  /** Compare nothing: another answer is meant. */
  readonly isOther?: boolean;
}

/** The first difference in words; undefined when a client cannot tell the two answers apart. */
export function answerDifference(ours: ApiAnswer, theirs: ApiAnswer, rules: Rules = {}): string | undefined {
  if (rules.isOther === true) return undefined;
  const show = ({ status, body }: ApiAnswer): string => `${status} ${body.toString("utf8").slice(0, 400)}`;
  if (ours.status !== theirs.status) return `ours ${show(ours)}\ntheirs ${show(theirs)}`;
  for (const name of comparedHeaders) {
    const [a, b] = [ours.headers[name], theirs.headers[name]];
    if (a !== b) return `${name}: ours ${a}, theirs ${b}`;
  }
  if (rules.isBodyOwn === true) return undefined;
  if (!String(theirs.headers["content-type"]).startsWith("application/json") || theirs.body.length === 0) {
    const isSame = ours.body.equals(theirs.body) || (rules.isTextOwn === true && theirs.status >= 400);
    return isSame ? undefined : textDifference(ours.body, theirs.body);
  }
  const volatile = new Set(rules.isTextOwn === true ? ["error"] : rules.volatile);
  const [a, b] = [ours, theirs].map(({ body }) => {
    const answer = JSON.parse(body.toString()) as VectorAnswer;
    if (rules.isUnordered === true) answer.data?.result.sort((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1));
    return answer;
  });
  return jsonDifference(a, b, "$", volatile);
}

interface VectorAnswer {
  readonly data?: { readonly result: { readonly metric: Readonly<Record<string, string>> }[] };
}

function keyOf({ metric }: { readonly metric: Readonly<Record<string, string>> }): string {
  return JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textDifference(ours: Buffer, theirs: Buffer): string {
  const [a, b] = [ours, theirs].map((bytes) => bytes.toString("latin1").split("\n")) as [string[], string[]];
  const line = a.findIndex((text, index) => text !== b[index]);
  const at = line < 0 ? a.length : line;
  return `line ${at + 1}: ours ${JSON.stringify(a[at])}, theirs ${JSON.stringify(b[at])}`;
}

function jsonDifference(a: unknown, b: unknown, path: string, volatile: ReadonlySet<string>): string | undefined {
  const differ = (): string => `${path}: ours ${shortened(a)}, theirs ${shortened(b)}`;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return a === b || isClose(a, b) ? undefined : differ();
  }
  if (Array.isArray(a) !== Array.isArray(b)) return differ();
  const [mine, their] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of new Set([...Object.keys(mine), ...Object.keys(their)])) {
    if (!(key in mine) || !(key in their))
      return `${path}.${key} is only in ${key in mine ? "ours" : "theirs"}: ${differ()}`;
    if (volatile.has(key)) continue;
    const [left, right] = [mine[key], their[key]].map((one) => (isNotes(key, one) ? [...one].sort() : one));
    const found = jsonDifference(left, right, `${path}.${key}`, volatile);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Prometheus lists warnings in the order of a Go map. */
function isNotes(key: string, value: unknown): value is string[] {
  return (key === "warnings" || key === "infos") && Array.isArray(value);
}

/** Values are texts in Prometheus' JSON, and both servers add up floats in an order of their own. */
function isClose(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string") return false;
  if (sampleCount.test(a)) return a.replace(sampleCount, "") === b.replace(sampleCount, "");
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y));
}

function shortened(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 300);
}
