import { k8sManifests } from "@venturi/loadtest";
import type { Command } from "commander";
import { wholeNumber } from "./numbers.js";

interface ExportCommandOptions {
  readonly k8s: boolean;
  readonly parallelism: number;
  readonly namespace?: string;
  readonly remoteWrite?: string;
}

/** `venturi load export --k8s`: load from many machines is k6-operator's job; this writes what it takes. */
export function addExportCommand(load: Command): void {
  load
    .command("export <script> [k6Args...]")
    .description("print a ConfigMap and a TestRun for k6-operator, which shares the load among pods")
    .requiredOption("--k8s", "Kubernetes manifests (the only format)")
    .option("--parallelism <pods>", "how many pods share the load", wholeNumber(1), 2)
    .option("--namespace <name>", "of the resources")
    .option("--remote-write <url>", "where the pods send k6's samples")
    .action(async (script: string, k6Args: string[], options: ExportCommandOptions) => {
      const text = await k8sManifests({
        script,
        k6Args,
        parallelism: options.parallelism,
        ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
        ...(options.remoteWrite === undefined ? {} : { remoteWriteUrl: options.remoteWrite }),
      });
      process.stdout.write(text);
    });
}
