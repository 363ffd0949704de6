import { isIP } from "node:net";
import { RE2JS } from "re2js";
import { builtins, urlQueryEscape } from "./builtins.js";
import { humanizeFunctions } from "./humanize.js";
import { define, type TemplateFunction } from "./signature.js";
import { GoMap, type GoStruct, type Value } from "./values.js";

export interface TemplateContext {
  /** Milliseconds since 1970 of the evaluation. */
  readonly timeMs: number;
  /** Where people find this server. */
  readonly externalUrl: string;
  /** Elements made with `sampleValue`. */
  query(expression: string): Promise<readonly GoStruct[]>;
}

/** The functions of Go's text/template and of Prometheus' alert templates. */
export function templateFunctions(context: TemplateContext): ReadonlyMap<string, TemplateFunction> {
  const { timeMs, externalUrl } = context;
  return new Map(
    Object.entries({
      ...fixed,
      query: define(["string"], (expression: string) => context.query(expression)),
      now: define([], () => timeMs / 1000),
      externalURL: define([], () => externalUrl),
      pathPrefix: define([], () => (URL.canParse(externalUrl) ? pathOf(externalUrl) : externalUrl)),
    }),
  );
}

/** The path as it is written: `new URL` adds a slash to none. */
function pathOf(url: string): string {
  return /^[^:]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "";
}

const textFunctions: Readonly<Record<string, TemplateFunction>> = {
  args: define([], (...values: Value[]) => GoMap.ofAny(values.map((value, index) => [`arg${index}`, value])), "any"),
  reReplaceAll: define(["string", "string", "string"], (pattern: string, replacement: string, text: string) =>
    replaceAll(pattern, replacement, text),
  ),
  match: define(["string", "string"], (pattern: string, text: string) => compiled(pattern).matcher(text).find()),
  safeHtml: define(["string"], (text: string) => text),
  title: define(["string"], titled),
  toUpper: define(["string"], (text: string) => text.toUpperCase()),
  toLower: define(["string"], (text: string) => text.toLowerCase()),
  graphLink: define(["string"], (expression: string) => graphLink(expression, 0)),
  tableLink: define(["string"], tableLink),
  stripPort: define(["string"], (text: string) => splitHostPort(text)?.host ?? text),
  stripDomain: define(["string"], stripDomain),
  urlQueryEscape: define(["string"], urlQueryEscape),
};

const sampleFunctions: Readonly<Record<string, TemplateFunction>> = {
  first: define(["result"], (samples: readonly Value[]) => {
    if (samples.length === 0) throw new Error("first() called on vector with no elements");
    return samples[0];
  }),
  label: define(["string", "sample"], (name: string, sample: GoStruct) => labelOf(sample, name)),
  value: define(["sample"], (sample: GoStruct) => sampleOf(sample).fields.get("Value")),
  strvalue: define(["sample"], (sample: GoStruct) => labelOf(sample, "__value__")),
  sortByLabel: define(["string", "result"], (name: string, samples: readonly GoStruct[]) => {
    return [...samples].sort((a, b) => {
      const [x, y] = [labelOf(a, name), labelOf(b, name)];
      return x < y ? -1 : x > y ? 1 : 0;
    });
  }),
};

const fixed = { ...builtins, ...textFunctions, ...humanizeFunctions, ...sampleFunctions };

/** What a template may call: to find mistakes when rules are read. `and` and `or` are part of the language. */
export const functionNames: ReadonlySet<string> = new Set([
  ...Object.keys(fixed),
  ...["query", "now", "externalURL", "pathPrefix", "and", "or"],
]);

/** Where Prometheus' pages show an expression as a table; part of every alert that is sent. */
export function tableLink(expression: string): string {
  return graphLink(expression, 1);
}

function graphLink(expression: string, tab: number): string {
  return `/graph?g0.expr=${urlQueryEscape(expression)}&g0.tab=${tab}`;
}

function sampleOf(sample: GoStruct | null): GoStruct {
  if (sample === null) throw new Error("runtime error: invalid memory address or nil pointer dereference");
  return sample;
}

function labelOf(sample: GoStruct, name: string): string {
  const labels = sampleOf(sample).fields.get("Labels");
  const value = labels instanceof GoMap ? labels.entries.get(name) : undefined;
  return typeof value === "string" ? value : "";
}

/** @throws {Error} the pattern is none of RE2, in Go's words */
function compiled(pattern: string, prefix = ""): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    throw new Error(prefix + (cause as Error).message, { cause });
  }
}

function quoted(pattern: string): string {
  return pattern.includes("`") ? JSON.stringify(pattern) : `\`${pattern}\``;
}

/** Go's ReplaceAllString: `$1`, `$name`, `${1}` and `${name}`; a group that there is not is empty. */
function replaceAll(pattern: string, replacement: string, text: string): string {
  const regexp = compiled(pattern, `regexp: Compile(${quoted(pattern)}): `);
  const groups = regexp.namedGroups() as Readonly<Record<string, number>>;
  const matcher = regexp.matcher(text);
  let replaced = "";
  let at = 0;
  while (matcher.find()) {
    replaced += text.slice(at, matcher.start());
    replaced += replacement.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) => {
      if (all === "$$") return "$";
      const name = braced ?? bare ?? "";
      const group = /^\d+$/.test(name) ? Number(name) : (groups[name] ?? Number.POSITIVE_INFINITY);
      return group <= matcher.groupCount() ? (matcher.group(group) ?? "") : "";
    });
    at = matcher.end();
  }
  return replaced + text.slice(at);
}

const words = new Intl.Segmenter("en-US", { granularity: "word" });

/** The first letter of each word large, the others as they are. */
function titled(text: string): string {
  let all = "";
  for (const { segment } of words.segment(text)) {
    all += segment.replace(/\p{L}/u, (letter) =>
      letter.toUpperCase().replace(/(?<=.).+/su, (rest) => rest.toLowerCase()),
    );
  }
  return all;
}

function splitHostPort(value: string): { host: string; port: string } | undefined {
  const match = /^(?:\[([^\][]*)\]|([^\][:]*)):([^:\][]*)$/.exec(value);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? "", port: match[3] ?? "" };
}

function stripDomain(value: string): string {
  const parts = splitHostPort(value);
  const host = parts?.host ?? value;
  if (isIP(host) !== 0) return value;
  const first = host.split(".", 1)[0] ?? "";
  return parts === undefined || parts.port === "" ? first : `${first}:${parts.port}`;
}
