import { writeFile } from "node:fs/promises";
import { junitReport, runPipelineTests, textReport } from "@venturi/collector";
import type { Command } from "commander";
import { print } from "../terminal.js";

interface TestOptions {
  readonly config: string[];
  readonly set: string[];
  readonly junit?: string;
}

/** `venturi collector test`: unit tests of the pipelines of a configuration. */
export function addTestCommand(collector: Command): void {
  const collect = (value: string, previous: string[]): string[] => [...previous, value];
  collector
    .command("test")
    .description("run unit tests of a configuration's pipelines: OTLP in, expectations out")
    .argument("<suites...>", "YAML files with cases")
    .option("--config <file>", "configuration file in place of the suites' own; several are merged", collect, [])
    .option("--set <key=value>", "override one value of the configuration", collect, [])
    .option("--junit <file>", "write the results as JUnit XML, too")
    .action(async (suites: string[], own: TestOptions) => {
      // Options may stand on either side of the word `test`.
      const above = collector.opts<TestOptions>();
      const configs = [...above.config, ...own.config];
      const results = await runPipelineTests({ suites, configs, set: [...above.set, ...own.set] });
      if (own.junit !== undefined) await writeFile(own.junit, junitReport(results));
      print(textReport(results));
      if (results.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
    });
}
