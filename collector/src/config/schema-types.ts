import { type ZodType, z } from "zod";

/** Building blocks of component schemas: what the Collector's options have in common. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/;

/** Reads a Go duration (`1m30s`, `200ms`) as milliseconds; undefined when it is none. */
export function parseDurationMs(text: string): number | undefined {
  if (text === "0") return 0;
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[unit as string] as number);
  }
  return text.startsWith("-") ? -total : total;
}

/** A Go duration; in code, milliseconds. Negative ones are rejected, as every such option of the Collector does. */
export function durationMs(defaultText?: string): ZodType<number> {
  const schema = z.union([z.string(), z.number()]).transform((input, context) => {
    const milliseconds = parseDurationMs(String(input));
    if (milliseconds !== undefined && milliseconds >= 0) return milliseconds;
    const why =
      milliseconds === undefined
        ? typeof input === "number"
          ? `${input} has no unit; write a duration like "${input}s"`
          : `"${input}" is not a duration; write it like "5s", "200ms" or "1m30s"`
        : `"${input}" is negative`;
    context.addIssue({ code: "custom", message: why });
    return z.NEVER;
  });
  if (defaultText === undefined) return schema;
  const byDefault = parseDurationMs(defaultText);
  if (byDefault === undefined) throw new Error(`BUG: default duration ${defaultText}`);
  return schema.default(byDefault);
}

/**
 * A block of options. `http:` with nothing behind it is a present block with every option at its default; a missing one is
 * absent, unless `.prefault({})` is appended.
 */
export function section<Schema extends ZodType>(schema: Schema): z.ZodPreprocess<Schema> {
  return z.preprocess((value: unknown) => (value === null ? {} : value), schema);
}

/** An address to listen on; `:4317` and `0.0.0.0:4317` listen on all interfaces, `[::1]:4317` is IPv6. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]/]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port > 65_535) return undefined;
  // Node would take ::1 on some machines, and clients that try 127.0.0.1 would find nobody.
  const host = match[2] === "localhost" ? "127.0.0.1" : match[2] || "0.0.0.0";
  return { host: match[1] ?? host, port };
}

/** An address to listen on. */
export function listenAddress(defaultText?: string): ZodType<string> {
  const schema = z.string().refine((text) => parseHostPort(text) !== undefined, {
    error: (issue) => `"${String(issue.input)}" is not an address; write it as host:port, like "127.0.0.1:4317"`,
  });
  return defaultText === undefined ? schema : schema.default(defaultText);
}

/** An http(s) URL. */
export function httpUrl(): ZodType<string> {
  return z.string().refine(isHttpUrl, {
    error: (issue) => `"${String(issue.input)}" is not an http(s) URL; write it like "http://127.0.0.1:4318"`,
  });
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** A map of strings; `[{name, value}]` is accepted too, as the Collector does for headers. */
export function stringMap(): ZodType<Readonly<Record<string, string>>> {
  const pairs = z.array(z.strictObject({ name: z.string(), value: z.string() }));
  return z
    .preprocess(
      (value: unknown) => {
        if (value === null) return {};
        const list = pairs.safeParse(value);
        return list.success ? Object.fromEntries(list.data.map((pair) => [pair.name, pair.value])) : value;
      },
      z.record(z.string(), z.string()),
    )
    .default({});
}

export function count(byDefault?: number): ZodType<number> {
  const schema = z.int().min(0);
  return byDefault === undefined ? schema : schema.default(byDefault);
}

/** An option of the Collector that this one does not have yet: refused by name instead of ignored. */
export function unsupported(what: string): ZodType<undefined> {
  return z
    .unknown()
    .optional()
    .transform((value, context) => {
      if (value !== undefined) context.addIssue({ code: "custom", message: `not supported: ${what}` });
      return undefined;
    })
    .meta({ unsupported: what });
}
