import { basename, extname } from "node:path";

/** Sorts by time, and is fit for a file name, a URL and a label. `suffix` tells kinds of reports apart. */
export function reportId(startedAt: Date, script: string, suffix = ""): string {
  const time = startedAt.toISOString().slice(0, 23).replace(/[:.]/g, "-");
  const name = basename(script, extname(script))
    .replace(/[^a-z0-9]+/gi, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return [time, name === "" ? "load" : name, ...(suffix === "" ? [] : [suffix])].join("-").toLowerCase();
}
