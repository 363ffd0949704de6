import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Child, startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { commandBlocks } from "./support/tutorial.js";
import { root } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

/** What each command printed that ended by itself, by its text. */
const printed = new Map<string, string>();
const terminals = new Map<string, Child>();
let services: string[];

/** A command that stays up gets the shell's place, so that a stop reaches the program itself. */
function start(script: string, cwd: string, stays: boolean): Child {
  const command = stays ? script.replace(/^((?:\w+=\S+ )*)(.*)$/m, "exec env $1$2") : script;
  // Vitest has a BASE_URL of its own in its environment, which is not meant for a load test.
  return startChild("sh", ["-ec", command], { cwd, env: { BASE_URL: undefined } });
}

beforeAll(async () => {
  const folder = await temporaryFolder();
  // A checkout, as far as the commands look at it: what they write does not land in the real one.
  for (const name of ["node_modules", "cli"]) await symlink(join(root, name), join(folder, name));
  for (const { script, terminal, ready } of commandBlocks(await readFile(join(root, "docs/tutorial.md"), "utf8"))) {
    if (terminal === undefined) {
      const child = start(script, folder, false);
      const code = await child.exited;
      if (code !== 0) throw new Error(`${script} ended with code ${code}:\n${child.output()}`);
      printed.set(script, child.output());
      continue;
    }
    await terminals.get(terminal)?.stop("SIGINT");
    const child = start(script, folder, true);
    terminals.set(terminal, child);
    defer(() => child.stop());
    await child.waitForOutput(new RegExp(ready ?? "."));
  }
  services = await eventually("services on the pages", async () => {
    const response = await fetch("http://127.0.0.1:4319/api/services");
    return ((await response.json()) as { data: string[] }).data;
  });
});

function outputOf(part: string): string {
  return [...printed]
    .filter(([script]) => script.includes(part))
    .map(([, output]) => output)
    .join("\n");
}

describe("docs/tutorial.md", () => {
  test("the app is on the pages", () => {
    expect(services).toContain("my-app");
  });

  test("the first finding is the bottleneck that the app was given", () => {
    expect(outputOf("my-app/before")).toMatch(/^1\. my-app's event loop is saturated/m);
  });

  test("the fix is confirmed by the comparison", () => {
    expect(outputOf("load compare")).toContain("The candidate is better");
  });

  test("no service is left up", async () => {
    for (const child of [...terminals.values()].reverse()) await child.stop("SIGINT");
    await expect(fetch("http://127.0.0.1:4319/")).rejects.toThrow("fetch failed");
  });
});
