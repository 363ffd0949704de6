import { pins, type ToolName } from "./pins.js";
import { resolveTool } from "./resolve.js";

/** `node tools/dist/main.js [tool …]`: makes sure that the named tools (default: all) are there, and prints their paths. */
const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in pins));
if (unknown.length > 0) {
  console.error(`unknown tool "${unknown[0]}"; known are ${Object.keys(pins).join(", ")}`);
  process.exit(2);
}
try {
  for (const name of (names.length > 0 ? names : Object.keys(pins)) as ToolName[]) {
    const tool = await resolveTool(name, { log: (line) => console.error(line) });
    console.log(`${tool.name}\t${tool.from}\t${tool.path}`);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
