import type { Command } from "commander";
import { addCompareCommand } from "../load/compare.js";
import { addExportCommand } from "../load/export.js";
import { addInitCommand } from "../load/init.js";
import { addKneeCommand } from "../load/knee.js";
import { addRunCommand } from "../load/run.js";
import { addWatchCommand } from "../load/watch.js";

/** `venturi load`: everything that drives k6 or reads what it measured. */
export function addLoadCommand(program: Command): void {
  const load = program.command("load").description("drive k6, name the bottleneck, find the capacity, compare builds");
  addRunCommand(load);
  addKneeCommand(load);
  addCompareCommand(load);
  addWatchCommand(load);
  addInitCommand(load);
  addExportCommand(load);
}
