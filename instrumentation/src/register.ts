/** The flag: `node --import @venturi/instrumentation/register app.js`, also in NODE_OPTIONS and with `--require`. */
import { basename } from "node:path";
import { start } from "./start.js";

/** With NODE_OPTIONS exported in a shell, `npm start` runs npm itself under the flag too: it is nobody's service. */
const packageManagers: readonly string[] = [
  "npm-cli.js",
  "npx-cli.js",
  "npm",
  "npx",
  "yarn.js",
  "yarn",
  "pnpm.cjs",
  "pnpm",
  "corepack.js",
];

if (!packageManagers.includes(basename(process.argv[1] ?? ""))) start();
