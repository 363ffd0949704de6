import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { LoadTestError, reasonOf } from "../load-test-error.js";

/**
 * Writes the files of a report in their order, each as a whole. The JSON comes last: whoever lists reports by it finds
 * complete ones only.
 * @throws LoadTestError when a folder cannot be written
 */
export async function writeFiles(files: readonly (readonly [path: string, content: string | Buffer])[]): Promise<void> {
  for (const [path, content] of files) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.tmp`, content);
      await rename(`${path}.tmp`, path);
    } catch (error) {
      throw new LoadTestError(`cannot write the report to ${dirname(path)}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

export function jsonFile(content: unknown): string {
  return `${JSON.stringify(content, null, 1)}\n`;
}
