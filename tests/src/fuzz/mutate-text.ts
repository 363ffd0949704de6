import type { Random } from "../promql/random.js";
import { mutateBytes } from "./mutate-bytes.js";

/** A text format: how to cut it into tokens, and tokens that it knows or that are hard for it. */
export interface Grammar {
  readonly token: RegExp;
  readonly words: readonly string[];
  /** What can be put around something, many times. */
  readonly brackets: readonly (readonly [open: string, close: string])[];
}

const HARD_NUMBERS = [
  "-0",
  "1e400",
  "-1e400",
  "1e-400",
  "18446744073709551615",
  "18446744073709551616",
  "-9223372036854775809",
  "9007199254740993",
  "0.1e1",
  "1e5",
  "4294967296",
  "-1",
  "00",
  "1.",
  "+1",
  "0x10",
  "NaN",
  "Infinity",
  "9".repeat(400),
];
const HARD_STRINGS = [
  "",
  "\\",
  "\\u0000",
  "\\ud800",
  "\\udc00\\ud800",
  "\\ud83c\\udf88",
  "\\x41",
  "é",
  "🎈",
  "\0",
  "__proto__",
];

export const JSON_GRAMMAR: Grammar = {
  token: /"(?:[^"\\]|\\.)*"|-?[\d.]+(?:[eE][-+]?\d+)?|[a-z]+|./gs,
  words: [
    ...HARD_NUMBERS,
    ...HARD_NUMBERS.map((text) => `"${text}"`),
    ...HARD_STRINGS.map((text) => `"${text}"`),
    ...'{ } [ ] , : null true false {} [] [null] [[]] {"a":1,"a":2} "constructor" "toString"'.split(" "),
  ],
  brackets: [
    ["[", "]"],
    ['{"a":', "}"],
    ['{"arrayValue":{"values":[', "]}}"],
    ['{"kvlistValue":{"values":[{"key":"k","value":', "}]}}"],
  ],
};

export const EXPOSITION_GRAMMAR: Grammar = {
  token: /"(?:[^"\\\n]|\\.)*"|[\w:.+-]+|./gs,
  words: [
    ...HARD_NUMBERS,
    ...HARD_STRINGS.map((text) => `"${text}"`),
    ..."+Inf -Inf NaN le quantile __name__ # HELP TYPE UNIT EOF counter gauge histogram gaugehistogram".split(" "),
    ..."summary info stateset unknown untyped { } = , _total _bucket _count _sum _created _info".split(" "),
    ..."job instance target_info otel_scope_info otel_scope_name".split(" "),
    "\n",
    "\r\n",
    "\n# EOF\n",
    "\t",
  ],
  brackets: [
    ["{", "}"],
    ['"', '"'],
    ["#", "\n"],
  ],
};

export const HTTP_GRAMMAR: Grammar = {
  token: /\r\n|[\w-]+|./gs,
  words: [
    ...HARD_NUMBERS,
    ..."GET POST HEAD OPTIONS CONNECT /a /b /c * HTTP/1.0 HTTP/1.1 HTTP/2.0 chunked gzip close keep-alive".split(" "),
    ..."Content-Length: Transfer-Encoding: Host: Expect: Connection: Upgrade: Trailer: TE: Content-Type:".split(" "),
    ..."100-continue h2c PRI x : ; , \u00e4 \u007f \0".split(" "),
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    " ",
    "\t",
    "\r\n ",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "0\r\n\r\n",
  ],
  brackets: [["X: ", "\r\n"]],
};

const known = new WeakMap<Buffer, string[]>();
const MAX_CHARACTERS = 64 * 1024;

/** One change of whole tokens. `encoding`: that of the bytes; HTTP is read as Latin-1. */
export function mutateText(
  bytes: Buffer,
  random: Random,
  others: readonly Buffer[],
  grammar: Grammar,
  encoding: "utf8" | "latin1" = "utf8",
): Buffer {
  const tokens = tokensOf(bytes, grammar, encoding);
  if (tokens.length === 0 || random.chance(0.2)) return mutateBytes(bytes, random, others);
  const at = random.below(tokens.length);
  const span = 1 + random.below(random.chance(0.3) ? 40 : 4);
  const run = tokens.slice(at, at + span);
  const put = (...pieces: string[]): Buffer => {
    const result = [...tokens.slice(0, at), ...pieces, ...tokens.slice(at + span)];
    const text = result.join("");
    const changed = Buffer.from(text.slice(0, MAX_CHARACTERS), encoding);
    // Cutting a text into tokens costs more than all else here.
    known.set(changed, result);
    return changed;
  };
  switch (random.below(7)) {
    case 0:
      return put(random.pick(grammar.words), ...run.slice(1));
    case 1:
      return put();
    case 2:
      return put(...run, ...run);
    case 3: {
      const other = random.below(tokens.length);
      return put(tokens[other] as string, ...run.slice(1));
    }
    case 4: {
      const [open, close] = random.pick(grammar.brackets);
      const times = 1 + random.below(random.chance(0.05) ? 30_000 : 120);
      return put(open.repeat(times), ...run, close.repeat(random.chance(0.9) ? times : random.below(times)));
    }
    case 5: {
      const foreign = tokensOf(random.pick(others), grammar, encoding);
      const from = random.below(foreign.length + 1);
      return put(...foreign.slice(from, from + 1 + random.below(30)));
    }
    default:
      return put(run.join("").repeat(1 + random.below(random.chance(0.05) ? 400 : 6)));
  }
}

function tokensOf(bytes: Buffer, grammar: Grammar, encoding: "utf8" | "latin1"): string[] {
  let tokens = known.get(bytes);
  if (tokens === undefined) known.set(bytes, (tokens = bytes.toString(encoding).match(grammar.token) ?? []));
  return tokens;
}
