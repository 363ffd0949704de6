#!/usr/bin/env node
import { Command } from "commander";
import { addCollectorCommand } from "./commands/collector.js";
import { addDemoCommand } from "./commands/demo.js";
import { addDoctorCommand } from "./commands/doctor.js";
import { addLoadCommand } from "./commands/load.js";
import { addStoreCommand } from "./commands/store.js";
import { addUpCommand } from "./commands/up.js";
import { red } from "./terminal.js";
import { version } from "./version.js";

const program = new Command("venturi")
  .description("Where your Node.js backend is slow, why, and what fixing it would buy.")
  .version(version)
  .showHelpAfterError("(venturi --help lists the commands)")
  .enablePositionalOptions();

addUpCommand(program);
addDemoCommand(program);
addLoadCommand(program);
addCollectorCommand(program);
addStoreCommand(program);
addDoctorCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  // One clear line for what the world did wrong; the stack only for those who ask for it.
  const known = error instanceof Error;
  process.stderr.write(`${red("error:")} ${known ? error.message : String(error)}\n`);
  if (known && process.env.VENTURI_DEBUG) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}
// Everything was shut down above; what may still hold the process open (an idle keep-alive socket) is not worth waiting for.
process.exit();
