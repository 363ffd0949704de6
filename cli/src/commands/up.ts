import { join } from "node:path";
import type { Command } from "commander";
import { parseDurationSeconds } from "../demo/duration.js";
import { interruption } from "../interrupt.js";
import { type EmbeddedStack, startStack } from "../stack/embedded-stack.js";
import { dataDir } from "../stack/paths.js";
import { type RuleOptions, ruleSettings } from "../stack/rule-options.js";
import { parseSizeBytes } from "../stack/size.js";
import { defaultAddresses, type StackAddresses } from "../stack/stack-config.js";
import { bold, dim, note, print } from "../terminal.js";

interface UpOptions extends RuleOptions {
  readonly data?: string;
  readonly host: string;
  readonly port: string;
  readonly otlpHttpPort: string;
  readonly otlpGrpcPort: string;
  readonly telemetryPort: string;
  readonly healthPort: string;
  readonly retention?: string;
  readonly maxSize?: string;
  readonly sql?: boolean;
}

function addresses(options: UpOptions): StackAddresses {
  return {
    otlpGrpc: `${options.host}:${options.otlpGrpcPort}`,
    otlpHttp: `${options.host}:${options.otlpHttpPort}`,
    api: `${options.host}:${options.port}`,
    telemetryPort: Number(options.telemetryPort),
    healthCheck: `${options.host}:${options.healthPort}`,
  };
}

function banner(stack: EmbeddedStack): void {
  print(bold("Venturi is up."));
  print(`  pages, Prometheus and Jaeger APIs   ${stack.apiUrl}`);
  for (const endpoint of stack.collector.endpoints.filter((one) => one.component === "receiver otlp")) {
    print(`  OTLP over ${endpoint.protocol.padEnd(26)}${endpoint.address}`);
  }
  print();
  print("  Now start your service:");
  print("  node --import @venturi/instrumentation/register app.js");
  print(dim("  Ctrl-C stops; `venturi doctor` finds out why no telemetry arrives."));
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(":") + 1);
}

function retention(options: UpOptions): { retentionMs?: number; retentionBytes?: number } {
  return {
    ...(options.retention === undefined
      ? {}
      : { retentionMs: parseDurationSeconds(options.retention, "--retention") * 1000 }),
    ...(options.maxSize === undefined ? {} : { retentionBytes: parseSizeBytes(options.maxSize, "--max-size") }),
  };
}

/** Whoever reaches the port could read everything, so it is not offered to other machines. */
function wantsSql({ sql = false, host }: UpOptions): boolean {
  if (sql && host !== "localhost" && host !== "::1" && !host.startsWith("127.")) {
    throw new Error(`cannot use --sql with --host ${host}: SQL is only answered on 127.0.0.1`);
  }
  return sql;
}

/** Without this a hang-up ends the process; when the new rules are wrong, the old ones go on. */
function reloadOnHangUp(stack: EmbeddedStack): void {
  const reload = async (): Promise<void> => {
    try {
      await stack.reloadRules();
      note("the rule files were read again");
    } catch (error) {
      note(`the rules stay as they were: ${(error as Error).message}`);
    }
  };
  process.on("SIGHUP", () => void reload());
}

/** `venturi up`: collector, embedded store and pages in one process, until Ctrl-C. */
export function addUpCommand(program: Command): void {
  program
    .command("up")
    .description("start the collector, the embedded store and the pages; stays up until Ctrl-C")
    .option("--data <dir>", "folder of the database and the reports (default: .venturi)")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port of the pages and the Prometheus and Jaeger APIs", portOf(defaultAddresses.api))
    .option("--otlp-http-port <port>", "port for OTLP over HTTP", portOf(defaultAddresses.otlpHttp))
    .option("--otlp-grpc-port <port>", "port for OTLP over gRPC", portOf(defaultAddresses.otlpGrpc))
    .option("--telemetry-port <port>", "port of the collector's own metrics", String(defaultAddresses.telemetryPort))
    .option("--retention <duration>", "forget what is older, such as 72h (default: 24h)")
    .option("--max-size <size>", "forget the oldest when the database uses more, such as 2GiB (default: any size)")
    .option("--sql", "answer SQL at POST /api/venturi/sql (only on 127.0.0.1)")
    .option("--rules <files...>", "Prometheus rule files to evaluate, such as 'rules/*.yml'; SIGHUP reads them again")
    .option("--alertmanager <urls...>", "where alerts are sent, such as http://127.0.0.1:9093")
    .option("--evaluation-interval <duration>", "how often rules are evaluated that do not say so (default: 1m)")
    .option("--external-url <url>", "where people find this server, for links in alerts (default: its own address)")
    .option("--health-port <port>", "port of the health check", portOf(defaultAddresses.healthCheck))
    .action(async (options: UpOptions) => {
      const data = dataDir(options.data);
      const rules = await ruleSettings(options, addresses(options).api);
      const stopped = interruption();
      const databasePath = join(data, "venturi.duckdb");
      const stack = await startStack({
        addresses: addresses(options),
        databasePath,
        data,
        log: note,
        sql: wantsSql(options),
        rules,
        ...retention(options),
      });
      if (rules.ruleFiles !== undefined) reloadOnHangUp(stack);
      banner(stack);
      await stopped.happened;
      note("stopping: draining the pipelines into the store");
      await stack.stop();
    });
}
