import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LoadTestError, reasonOf } from "../load-test-error.js";

const timeoutMs = 15_000;

/**
 * @returns e.g. `v1.8.1`; null when k6 runs but says something else
 * @throws LoadTestError when there is no k6 to run
 */
export async function k6Version(k6Path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(k6Path, ["version"], { timeout: timeoutMs });
    // The name of the program, which may hold a version too, comes first.
    return /\sv?\d+\.\d+\.\d+\S*/.exec(stdout)?.[0].trim() ?? null;
  } catch (error) {
    throw new LoadTestError(`cannot run k6 at ${k6Path}: ${reasonOf(error).split("\n", 1)[0]}`, { cause: error });
  }
}
