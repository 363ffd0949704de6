import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { installFromArchive } from "./archive.js";
import { buildWithGo, hasGo } from "./go-build.js";
import { pins, type ToolName, type ToolPin } from "./pins.js";
import { run } from "./run.js";

export interface ResolveOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Progress and choices, a line each. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** False: look, but neither build nor download. Default true. */
  readonly install?: boolean;
}

export interface ResolvedTool {
  readonly name: ToolName;
  readonly path: string;
  readonly from: "environment" | "PATH" | "cache" | "build" | "archive";
}

/** Says in one line what was tried and what the user can do. */
export class ToolNotFoundError extends Error {
  override readonly name = "ToolNotFoundError";
}

/** The folder that keeps built tools between checkouts: `$VENTURI_CACHE_DIR`, else the user's cache folder. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.VENTURI_CACHE_DIR) return env.VENTURI_CACHE_DIR;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "venturi");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "venturi");
  return join(homedir(), ".cache", "venturi");
}

/** Where a tool of one version is kept in the cache. */
export function cachedPath(pin: ToolPin, version: string, env: NodeJS.ProcessEnv = process.env): string {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const build = pin.revision === undefined ? version : `${version}-r${pin.revision}`;
  return join(cacheDir(env), "tools", `${pin.name}-${build}-${process.platform}-${process.arch}${suffix}`);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** True when the program starts and its version output is that of the tool: a name on PATH proves nothing. */
async function answersAs(pin: ToolPin, path: string): Promise<boolean> {
  if (!(await isExecutable(path))) return false;
  try {
    const { stdout, stderr } = await run(path, pin.versionArgs);
    return pin.versionPattern.test(stdout) || pin.versionPattern.test(stderr);
  } catch {
    return false;
  }
}

async function onPath(pin: ToolPin, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const candidate = join(folder, pin.name + suffix);
    if (await answersAs(pin, candidate)) return candidate;
  }
  return undefined;
}

async function inCache(pin: ToolPin, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const archive = pin.archives[`${process.platform}-${process.arch}`];
  for (const version of archive ? [pin.version, archive.version] : [pin.version]) {
    const candidate = cachedPath(pin, version, env);
    if (await answersAs(pin, candidate)) return candidate;
  }
  return undefined;
}

async function install(pin: ToolPin, env: NodeJS.ProcessEnv, options: ResolveOptions): Promise<ResolvedTool> {
  const log = options.log ?? (() => {});
  const failures: string[] = [];
  if (await hasGo()) {
    const target = cachedPath(pin, pin.version, env);
    try {
      await buildWithGo(pin, target, { log, signal: options.signal });
      return { name: pin.name, path: target, from: "build" };
    } catch (cause) {
      options.signal?.throwIfAborted();
      failures.push((cause as Error).message);
    }
  } else {
    failures.push("no Go toolchain on PATH to build it");
  }
  const archive = pin.archives[`${process.platform}-${process.arch}`];
  if (archive) {
    const target = cachedPath(pin, archive.version, env);
    try {
      log(`${pin.name}: downloading the official ${archive.version} archive`);
      await installFromArchive(archive, target, options.signal);
      return { name: pin.name, path: target, from: "archive" };
    } catch (cause) {
      options.signal?.throwIfAborted();
      failures.push((cause as Error).message);
    }
  }
  throw new ToolNotFoundError(
    `cannot find ${pin.name}: ${failures.join("; ")}. Install ${pin.name} ${pin.version} and set ${pin.envVar}=/path/to/${pin.name}, or install Go and run this again.`,
  );
}

/**
 * Finds an executable of a tool: from its environment variable, then PATH, then the user's cache; failing that, builds
 * it from its pinned Go module, or downloads the official archive where one is pinned with its SHA-256.
 *
 * @throws ToolNotFoundError with one line that says what was tried and what to do.
 */
export async function resolveTool(name: ToolName, options: ResolveOptions = {}): Promise<ResolvedTool> {
  const env = options.env ?? process.env;
  const pin = pins[name];
  const named = env[pin.envVar];
  if (named) {
    if (await answersAs(pin, named)) return { name, path: named, from: "environment" };
    throw new ToolNotFoundError(
      `cannot use ${pin.envVar}=${named}: it is not an executable ${name}. Correct or unset it.`,
    );
  }
  const found = await onPath(pin, env);
  if (found) return { name, path: found, from: "PATH" };
  const cached = await inCache(pin, env);
  if (cached) return { name, path: cached, from: "cache" };
  if (options.install === false) {
    throw new ToolNotFoundError(
      `cannot find ${name}: set ${pin.envVar}, or put it on PATH, or let Venturi install it.`,
    );
  }
  return install(pin, env, options);
}
