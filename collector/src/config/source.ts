import { readFile } from "node:fs/promises";
import { ConfigError } from "./config-error.js";

/**
 * A configuration: its name (for messages) and text, or a URI as the Collector's `--config` takes: a path, `file:PATH`,
 * `env:NAME` or `yaml:TEXT`.
 */
export type ConfigSource = { readonly name: string; readonly text: string } | string;

/** @throws ConfigError when a file cannot be read or a variable is not set. */
export async function readSource(
  source: ConfigSource,
  env: NodeJS.ProcessEnv,
): Promise<{ name: string; text: string }> {
  if (typeof source !== "string") return source;
  if (source.startsWith("yaml:")) {
    // The Collector's one-line form: `yaml:exporters::debug::verbosity: detailed`.
    return { name: "yaml:", text: nest(source.slice("yaml:".length).trim()) };
  }
  if (source.startsWith("env:")) {
    const name = source.slice("env:".length);
    const text = env[name];
    if (text === undefined) throw unreadable(source, `environment variable ${name} is not set`);
    return { name: source, text };
  }
  const path = source.startsWith("file:") ? source.slice("file:".length) : source;
  try {
    return { name: path, text: await readFile(path, "utf8") };
  } catch (error) {
    throw unreadable(path, (error as Error).message, error);
  }
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
