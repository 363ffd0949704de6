import { writeFile } from "node:fs/promises";
import { writeScript } from "@venturi/loadtest";
import type { Command } from "commander";
import { parseDurationSeconds } from "../demo/duration.js";
import { defaultAddresses } from "../stack/stack-config.js";
import { print } from "../terminal.js";

interface InitCommandOptions {
  readonly url: string;
  readonly openapi?: string;
  readonly jaeger: string;
  readonly rootService?: string;
  readonly window: string;
  readonly unsafe: boolean;
  readonly force: boolean;
}

/** `venturi load init`: a starter script from an OpenAPI file, or from the routes that traces show. */
export function addInitCommand(load: Command): void {
  load
    .command("init [file]")
    .description(
      "write a k6 script to start from (default: load.js), from an OpenAPI file or from the routes in traces",
    )
    .option("--url <url>", "where the service listens", "http://127.0.0.1:8080")
    .option("--openapi <file>", "OpenAPI 3, JSON or YAML")
    .option("--jaeger <url>", "Jaeger query API to read traces from", `http://${defaultAddresses.api}`)
    .option("--root-service <name>", "the service that requests enter (default: found in the traces)")
    .option("--window <duration>", "how far back traces are looked for", "1h")
    .option("--unsafe", "also requests that change data (POST, PUT, PATCH, DELETE)", false)
    .option("--force", "overwrite the file", false)
    .action(async (file: string | undefined, options: InitCommandOptions) => {
      if (!URL.canParse(options.url))
        throw new Error(`cannot use --url "${options.url}": write it as http://host:port`);
      const text = await writeScript({
        baseUrl: options.url,
        jaegerUrl: options.jaeger,
        windowMs: parseDurationSeconds(options.window, "--window") * 1000,
        unsafe: options.unsafe,
        ...(options.openapi === undefined ? {} : { openApi: options.openapi }),
        ...(options.rootService === undefined ? {} : { rootService: options.rootService }),
      });
      const path = file ?? "load.js";
      await write(path, text, options.force);
      print(`${path} is written. Look it through, then: venturi load run ${path}`);
    });
}

async function write(path: string, text: string, overwrite: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: overwrite ? "w" : "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(`${path} exists already (--force overwrites it)`, { cause: error });
  }
}
