#!/usr/bin/env node
import { Command } from "commander";
import { red } from "./terminal.js";
import { version } from "./version.js";
import { keepYoungGenerationSmall } from "./young-generation.js";

const program = new Command("venturi")
  .description("Where your Node.js backend is slow, why, and what fixing it would buy.")
  .version(version)
  .showHelpAfterError("(venturi --help lists the commands)")
  .enablePositionalOptions();

type AddCommand = (program: Command) => void;

/** A command is loaded when it is asked for: a collector needs no database, and a database no load test. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  up: async () => (await import("./commands/up.js")).addUpCommand,
  demo: async () => (await import("./commands/demo.js")).addDemoCommand,
  load: async () => (await import("./commands/load.js")).addLoadCommand,
  collector: async () => (await import("./commands/collector.js")).addCollectorCommand,
  store: async () => (await import("./commands/store.js")).addStoreCommand,
  rca: async () => (await import("./commands/rca.js")).addRcaCommand,
  "rca-traces": async () => (await import("./rca-traces/command.js")).addRcaTracesCommand,
  doctor: async () => (await import("./commands/doctor.js")).addDoctorCommand,
};
const asked = Object.hasOwn(commands, process.argv[2] ?? "") ? commands[process.argv[2] as string] : undefined;
// Before its modules are loaded.
if (asked === commands.collector) keepYoungGenerationSmall();
for (const load of asked === undefined ? Object.values(commands) : [asked]) (await load())(program);

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
