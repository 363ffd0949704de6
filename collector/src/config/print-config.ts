import { stringify } from "yaml";
import { type ConfigInput, resolveConfig } from "./config.js";
import { ConfigError, type ConfigProblem } from "./config-error.js";
import { toPlain } from "./located.js";

export interface PrintOptions {
  readonly mode: "redacted" | "unredacted";
  readonly format: "yaml" | "json";
}

/** As upstream masks them. */
export const MASK = "[REDACTED]";

/** Options that hold a secret, by name. Names of files with secrets are none. */
const SECRET =
  /^(.*password|.*_pem|.*secret|.*(?<!_)token|tokens|.*_token|opaque|credentials|api_?key|.*_api_key|authorization|inline)$/i;
/** Maps, or lists of name and value, of which every value may be one. */
const SECRET_MAP = /^(headers|response_headers|add_headers|http_headers)$/i;

/**
 * The configuration as it is after merging, `--set` and expanding every reference, with secrets masked unless they are
 * wanted. It holds what was written; defaults are in each component's README.
 * @throws ConfigError when it cannot be read.
 */
export async function printConfig(input: ConfigInput, options: PrintOptions): Promise<string> {
  const problems: ConfigProblem[] = [];
  const tree = toPlain(await resolveConfig(input, problems));
  if (problems.length > 0) throw new ConfigError(problems);
  const shown = options.mode === "redacted" ? redact(tree) : tree;
  return options.format === "json" ? `${JSON.stringify(shown, null, 2)}\n` : stringify(shown, { lineWidth: 0 });
}

/** A copy with every secret masked. */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return withoutPassword(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (SECRET.test(key)) return [key, mask(inner)];
      return [key, SECRET_MAP.test(key) ? maskValues(inner) : redact(inner)];
    }),
  );
}

function mask(value: unknown): unknown {
  if (value === null || value === undefined || value === "") return value;
  if (Array.isArray(value)) return value.map(mask);
  return typeof value === "object" ? redact(value) : MASK;
}

function maskValues(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((one: { name?: unknown; value?: unknown }) => ({ ...one, value: mask(one?.value) }));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mask(inner)]));
}

/** `https://user:password@host` */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:\s]*):[^/@\s]+@/i, `$1:${MASK}@`);
}
