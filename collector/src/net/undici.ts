import { createRequire } from "node:module";

type Undici = typeof import("undici");

const require = createRequire(import.meta.url);
let loaded: Undici | undefined;

/** undici, loaded when it is first needed: a collector that asks nobody over HTTP saves its 11 MB. */
export function undici(): Undici {
  loaded ??= require("undici") as Undici;
  return loaded;
}
