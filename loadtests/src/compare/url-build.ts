import type { Build } from "./interleave.js";

/** A build that is already running: scripts find it by the environment variable `variable`. */
export function urlBuild(url: string, variable: string): Build {
  return { label: url, start: async () => ({ env: { [variable]: url }, stop: async () => {} }) };
}
