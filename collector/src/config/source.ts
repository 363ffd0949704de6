import { readFile } from "node:fs/promises";
import { ConfigError } from "./config-error.js";

/**
 * A configuration: its name (for messages) and text, or a URI as the Collector's `--config` takes: a path, `file:PATH`,
 * `env:NAME`, `yaml:TEXT`, `http://…` or `https://…`.
 */
export type ConfigSource = { readonly name: string; readonly text: string } | string;

/** What a configuration can be read from, as `components` lists it. */
export const SCHEMES: readonly string[] = ["env", "file", "http", "https", "yaml"];

const FETCH_TIMEOUT_MS = 10_000;
/** No configuration is larger. */
const MAX_FETCHED_BYTES = 4 * 1024 * 1024;

/** @throws ConfigError when it cannot be read or a variable is not set. */
export async function readSource(
  source: ConfigSource,
  env: NodeJS.ProcessEnv,
): Promise<{ name: string; text: string }> {
  if (typeof source !== "string") return source;
  // A letter alone is a drive of Windows.
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(source)?.[1];
  if (scheme === undefined) return readPath(source);
  const rest = source.slice(scheme.length + 1);
  switch (scheme) {
    case "yaml":
      // The Collector's one-line form: `yaml:exporters::debug::verbosity: detailed`.
      return { name: "yaml:", text: nest(rest.trim()) };
    case "env": {
      const text = env[rest];
      if (text === undefined) throw unreadable(source, `environment variable ${rest} is not set`);
      return { name: source, text };
    }
    case "file":
      return readPath(rest);
    case "http":
    case "https":
      return { name: withoutUser(source), text: await fetchText(source) };
    default:
      throw unreadable(source, `unsupported scheme "${scheme}"; use a path or one of ${SCHEMES.join(", ")}`);
  }
}

async function readPath(path: string): Promise<{ name: string; text: string }> {
  try {
    return { name: path, text: await readFile(path, "utf8") };
  } catch (error) {
    throw unreadable(path, (error as Error).message, error);
  }
}

async function fetchText(url: string): Promise<string> {
  try {
    const { username, password } = new URL(url);
    const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
    const headers = username === "" ? {} : { authorization: `Basic ${user}` };
    const answer = await fetch(withoutUser(url), { headers, signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_FETCHED_BYTES) throw new Error(`it is larger than ${MAX_FETCHED_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    const { message, cause } = error as Error;
    throw unreadable(withoutUser(url), cause instanceof Error ? cause.message : message, error);
  }
}

function withoutUser(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//");
}

function unreadable(name: string, why: string, cause?: unknown): ConfigError {
  const message = `cannot read config "${name}": ${why}`;
  return new ConfigError([{ place: undefined, path: "", message }], { cause });
}

function nest(text: string): string {
  const match = /^([^\s:]+(?:::[^\s:]+)+):\s+(.*)$/s.exec(text);
  if (match === null) return text;
  return `${(match[1] as string)
    .split("::")
    .map((step) => `{${JSON.stringify(step)}: `)
    .join("")}${match[2]}${"}".repeat((match[1] as string).split("::").length)}`;
}
