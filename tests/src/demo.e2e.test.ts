import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

/** The newcomer's command, shortened; the table of many full runs is in docs/accuracy.md. */
async function demo(fault: string): Promise<{ output: string; folder: string; code: number | null }> {
  const folder = await temporaryFolder();
  const run = venturi(["demo", "--fault", fault, "--duration", "15s", "--data", folder]);
  defer(() => run.stop());
  const code = await run.exited;
  return { output: run.output(), folder, code };
}

interface Report {
  readonly diagnosis: {
    readonly findings: readonly { readonly kind: string; readonly resource: { readonly service: string } }[];
  };
}

async function reports(folder: string): Promise<{ html: string; json: Report }> {
  const names = await readdir(join(folder, "reports"));
  const [html, json] = [".html", ".json"].map((end) => names.filter((name) => name.endsWith(end)));
  expect(html).toHaveLength(1);
  expect(json).toHaveLength(1);
  const read = (name: string | undefined): Promise<string> => readFile(join(folder, "reports", name ?? ""), "utf8");
  return { html: await read(html?.[0]), json: JSON.parse(await read(json?.[0])) as Report };
}

test("a demo with a fault names that service and resource first, its share of p95 and the report", async () => {
  const { output, folder, code } = await demo("db-pool");
  expect(code, output).toBe(0);
  const end = output.trim().split("\n").slice(-6).join("\n");
  expect(end).toMatch(/orders/);
  expect(end).toMatch(/pool/);
  expect(end).toMatch(/\d+ ?% of p95/);
  expect(end).toMatch(/reports\/.*\.html/);
  const { html, json } = await reports(folder);
  expect(json.diagnosis.findings[0]).toMatchObject({ kind: "pool-wait", resource: { service: "orders" } });
  expect(html).toMatch(/^<!doctype html>/i);
  expect(html).not.toMatch(/(src|href)="https?:/);
}, 120_000);

test("a demo without a fault says that there is no bottleneck", async () => {
  const { output, folder, code } = await demo("none");
  expect(code, output).toBe(0);
  expect(output).toMatch(/no bottleneck/i);
  expect((await reports(folder)).json.diagnosis.findings).toEqual([]);
}, 120_000);
