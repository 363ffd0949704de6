import { rankRootCauses } from "@venturi/analysis";
import type { Command } from "commander";
import { type IncidentFiles, readIncident } from "../rca/read-incident.js";

/** `venturi rca`: which node an alert comes from, told from metrics and a call graph. */
export function addRcaCommand(program: Command): void {
  program
    .command("rca")
    .description("name the root cause of an alert, from metrics and a call graph; prints JSON")
    .requiredOption("--graph <file>", "call graph (rca-graph/1)")
    .requiredOption("--normal <file>", "series of a time without incident (rca-series/1)")
    .requiredOption("--issue <file>", "series of the intervals around the alert (rca-series/1)")
    .requiredOption("--target <file>", "what the alert was about, and when (rca-target/1)")
    .action(async (files: IncidentFiles) => {
      process.stdout.write(`${JSON.stringify({ ranked: rankRootCauses(await readIncident(files)) })}\n`);
    });
}
