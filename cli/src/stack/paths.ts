import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The built pages, beside this package in the checkout. */
export const uiDir: string = fileURLToPath(new URL("../../../ui/dist", import.meta.url));

/** The folder where Venturi keeps its database and reports: `--data`, `$VENTURI_DATA`, or `.venturi` in the working folder. */
export function dataDir(option: string | undefined): string {
  return resolve(option ?? process.env.VENTURI_DATA ?? ".venturi");
}

/** Where load reports are kept, and from where the pages show them. */
export function reportsDir(data: string): string {
  return join(data, "reports");
}
