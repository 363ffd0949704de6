/** A query that the store cannot answer: wrong, or more of LogQL than it knows. One line with the place. */
export class LogqlError extends Error {
  override readonly name = "LogqlError";
}

export interface Token {
  readonly kind: "identifier" | "string" | "number" | "duration" | "symbol" | "end";
  /** The text; of a string what it means. */
  readonly text: string;
  readonly at: number;
}

const spaceOrComment = /(?:\s|#[^\n]*)+/y;
const identifier = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const duration = /(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w|y))+/y;
const number = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const symbol = /\|=|\|~|\|>|!>|!=|!~|=~|==|>=|<=|[{}()[\],|=<>+*/%^-]/y;
const quoted = /"(?:[^"\\\n]|\\.)*"/y;
const raw = /`[^`]*`/y;

/** @throws {LogqlError} */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(query)?.[0];
  };
  while (at < query.length) {
    const space = take(spaceOrComment);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const [kind, text] = next(take);
    if (kind === undefined) throw errorAt(query, at, `syntax error: unexpected ${JSON.stringify(query[at])}`);
    tokens.push({ kind, text: kind === "string" ? unquote(text, query, at) : text, at });
    at += text.length;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

function next(take: (pattern: RegExp) => string | undefined): [kind: Token["kind"] | undefined, text: string] {
  const patterns = {
    string: [quoted, raw],
    identifier: [identifier],
    duration: [duration],
    number: [number],
    symbol: [symbol],
  };
  for (const [kind, list] of Object.entries(patterns)) {
    for (const pattern of list) {
      const text = take(pattern);
      if (text !== undefined) return [kind as Token["kind"], text];
    }
  }
  return [undefined, ""];
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };

function unquote(text: string, query: string, at: number): string {
  const inner = text.slice(1, -1);
  if (text.startsWith("`")) return inner;
  return inner.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[ntrabfv\\"'])|\\./g, (all, code: string | undefined) => {
    if (code === undefined) throw errorAt(query, at, `invalid escape ${all} in a string`);
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return escapes[code] ?? code;
  });
}

/** @param problem what is wrong at that offset */
export function errorAt(query: string, at: number, problem: string): LogqlError {
  const before = query.slice(0, at).split("\n");
  return new LogqlError(`parse error at line ${before.length}, col ${(before.at(-1) ?? "").length + 1}: ${problem}`);
}

const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
  y: 31_536_000e9,
};

/** `1h30m` in nanoseconds; undefined when it is none. */
export function parseLogqlDuration(text: string): bigint | undefined {
  duration.lastIndex = 0;
  if (duration.exec(text)?.[0] !== text || text === "") return undefined;
  let totalNs = 0;
  for (const [, value, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g))
    totalNs += Number(value) * (unitNs[unit as string] ?? 0);
  return BigInt(Math.round(totalNs));
}
