import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.js";

/** The built command, run as a user runs it. */
export const venturiMain: string = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));

/** The root of the checkout. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Starts `venturi …`. */
export function venturi(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Child {
  return startChild(process.execPath, [venturiMain, ...args], options);
}
