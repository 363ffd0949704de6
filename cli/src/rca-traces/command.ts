import { rankServices } from "@venturi/analysis";
import type { Command } from "commander";
import { readIncident, type TraceIncidentFiles } from "./read-incident.js";

/** `venturi rca-traces`: which service an alert comes from, told from traces and CPU use. */
export function addRcaTracesCommand(program: Command): void {
  program
    .command("rca-traces")
    .description("name the service at the root of an alert, from traces and CPU use; prints JSON")
    .requiredOption("--normal <file>", "spans of an ordinary time (CSV, or gzipped when it ends in .gz)")
    .requiredOption("--issue <file>", "spans from before the alert until some time after it (CSV)")
    .requiredOption("--metrics <file>", "CPU use per service, a row a minute (JSON)")
    .requiredOption("--target <file>", "when the alert was, and when the issue's spans begin (JSON)")
    .action(async (files: TraceIncidentFiles) => {
      process.stdout.write(`${JSON.stringify({ ranked: rankedNodes(await readIncident(files)) })}\n`);
    });
}

function rankedNodes(incident: Parameters<typeof rankServices>[0]): { node: string; score: number; why: string }[] {
  return rankServices(incident).map(({ service, score, why }) => ({ node: service, score, why }));
}
