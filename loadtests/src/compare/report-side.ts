import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadReport } from "../load-report.js";
import { LoadTestError, reasonOf } from "../load-test-error.js";
import { readSamples } from "../samples/samples-file.js";
import type { Side } from "./compare-samples.js";

/**
 * The runs that a user names: ids of reports in `folder`, or paths of their JSON files, with commas between.
 * @throws LoadTestError when one is missing or has no samples
 */
export async function reportSide(names: string, folder: string): Promise<Side> {
  const paths = names.split(",").map((name) => (name.endsWith(".json") ? name : join(folder, `${name}.json`)));
  const runs = await Promise.all(
    paths.map(async (path) => {
      await requireReport(path);
      // Beside the report, wherever that was moved to.
      return readSamples(path.replace(/\.json$/, ".samples.csv.gz"));
    }),
  );
  return { label: names, runs };
}

async function requireReport(path: string): Promise<void> {
  try {
    await access(path);
  } catch (error) {
    throw new LoadTestError(`there is no report ${path} (venturi load run writes one)`, { cause: error });
  }
  let report: Partial<LoadReport>;
  try {
    report = JSON.parse(await readFile(path, "utf8")) as Partial<LoadReport>;
  } catch (error) {
    throw new LoadTestError(`cannot read the report ${path}: ${reasonOf(error)}`, { cause: error });
  }
  if (typeof report?.verdict !== "string") throw new LoadTestError(`${path} is not a load report`);
}
