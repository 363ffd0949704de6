import { readFile } from "node:fs/promises";
import { type IncidentInput, nodeKinds } from "@venturi/analysis";
import { z } from "zod";

/** Where a command's four files are. */
export interface IncidentFiles {
  readonly graph: string;
  readonly normal: string;
  readonly issue: string;
  readonly target: string;
}

const graphSchema = z.object({
  format: z.literal("rca-graph/1"),
  nodes: z.array(z.object({ id: z.string(), kind: z.enum(nodeKinds) })),
  edges: z.array(z.tuple([z.string(), z.string()])),
});

const seriesSchema = z
  .object({
    format: z.literal("rca-series/1"),
    interval_s: z.number().positive(),
    time: z.array(z.number()),
    series: z.array(
      z.object({
        node: z.string(),
        metric: z.string(),
        stat: z.string(),
        values: z.array(z.number().nullable()),
      }),
    ),
  })
  .check(({ value, issues }) => {
    const { time, series } = value;
    const late = time.findIndex((start, row) => row > 0 && start <= (time[row - 1] ?? 0));
    if (late > 0)
      issues.push({ code: "custom", input: time, path: ["time", late], message: "must be later than the one before" });
    for (const [index, { values }] of series.entries())
      if (values.length !== time.length)
        issues.push({
          code: "custom",
          input: values,
          path: ["series", index, "values"],
          message: `has ${values.length} values for ${time.length} times`,
        });
  })
  .transform(({ interval_s, time, series }) => ({ intervalS: interval_s, time, series }));

const targetSchema = z.object({
  format: z.literal("rca-target/1"),
  node: z.string(),
  metric: z.enum(["latency", "availability"]),
  time: z.number(),
});

async function read<T>(what: string, file: string, schema: z.ZodType<T>): Promise<T> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `it is no JSON (${cause.message})` : String((cause as Error).message);
    throw new Error(`cannot read ${what} "${file}": ${why}`, { cause });
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const path = (first?.path ?? []).map(String).join(".");
  throw new Error(`cannot read ${what} "${file}": ${path === "" ? "" : `${path}: `}${first?.message ?? "invalid"}`, {
    cause: parsed.error,
  });
}

/** Throws one clear line about the first thing that is wrong. */
export async function readIncident(files: IncidentFiles): Promise<IncidentInput> {
  const [graph, normal, issue, target] = await Promise.all([
    read("call graph", files.graph, graphSchema),
    read("normal series", files.normal, seriesSchema),
    read("issue series", files.issue, seriesSchema),
    read("target", files.target, targetSchema),
  ]);
  if (!graph.nodes.some(({ id }) => id === target.node))
    throw new Error(`cannot use target "${files.target}": node "${target.node}" is not in "${files.graph}"`);
  if (normal.intervalS !== issue.intervalS)
    throw new Error(
      `cannot compare "${files.normal}" (intervals of ${normal.intervalS} s) with "${files.issue}" (${issue.intervalS} s)`,
    );
  const { intervalS, time } = issue;
  const [first = Number.NaN] = time;
  const last = (time.at(-1) ?? Number.NaN) + intervalS;
  if (!(target.time >= first && target.time < last))
    throw new Error(
      `cannot use target "${files.target}": its time ${target.time} is not among those of "${files.issue}"`,
    );
  return { graph, normal, issue, target };
}
