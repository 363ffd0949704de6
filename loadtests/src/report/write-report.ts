import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Samples } from "../k6/measurements.js";
import type { LoadReport } from "../load-report.js";
import { LoadTestError, reasonOf } from "../load-test-error.js";
import { samplesToGzip } from "../samples/samples-file.js";
import { reportPage } from "./page.js";

/**
 * Writes `{id}.html`, `{id}.samples.csv.gz` and `{id}.json`, the JSON last: whoever lists reports by their JSON finds complete ones only.
 * @throws LoadTestError when the folder cannot be written
 */
export async function writeReport(report: LoadReport, samples: Samples): Promise<void> {
  try {
    await mkdir(dirname(report.files.json), { recursive: true });
    await writeWhole(report.files.html, reportPage(report));
    await writeWhole(report.files.samples, await samplesToGzip(samples));
    await writeWhole(report.files.json, `${JSON.stringify(report, null, 1)}\n`);
  } catch (error) {
    throw new LoadTestError(`cannot write the report to ${dirname(report.files.json)}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function writeWhole(path: string, text: string | Buffer): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
