import { execFile } from "node:child_process";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const MODULE = "github.com/prometheus/prometheus";
/** The Go module that pins the Prometheus version of this repository. */
const PIN_DIR = fileURLToPath(new URL("../../../tools/go/prometheus", import.meta.url));

/** Explains, in one line, why the scripts are not there. */
export class ScriptsUnavailable extends Error {
  override readonly name: string = "ScriptsUnavailable";
}

/** Where the pinned Prometheus version keeps its test scripts; downloads the module when it is not in Go's cache. */
export async function scriptDirectory(): Promise<string> {
  const listed = await go(["list", "-m", "-f", "{{.Dir}}", MODULE]);
  const directory = listed === "" ? await download() : listed;
  const scripts = join(directory, "promql", "promqltest", "testdata");
  try {
    await access(scripts);
  } catch (cause) {
    throw new ScriptsUnavailable(`the Prometheus module has no ${scripts}`, { cause });
  }
  return scripts;
}

async function download(): Promise<string> {
  await go(["mod", "download", MODULE]);
  return go(["list", "-m", "-f", "{{.Dir}}", MODULE]);
}

async function go(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run("go", [...args], { cwd: PIN_DIR });
    return stdout.trim();
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const reason = isMissing ? "Go is not installed" : `go ${args.join(" ")} failed: ${String(cause)}`;
    const hint = "the scripts are read from the Prometheus module; install Go (https://go.dev/dl/) and run this again";
    throw new ScriptsUnavailable(`cannot run the conformance scripts: ${reason}; ${hint}`, { cause });
  }
}

/** The names of the scripts, without ".test". */
export async function scriptNames(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files
    .filter((file) => file.endsWith(".test"))
    .map((file) => file.slice(0, -".test".length))
    .sort();
}
