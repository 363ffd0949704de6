import { resolveTool } from "@venturi/tools";
import type { Command } from "commander";
import { type CheckResult, ok, warning } from "../doctor/check.js";
import { checkEndpoint, otlpTarget } from "../doctor/endpoint.js";
import { checkEnvironment } from "../doctor/environment.js";
import { checkRoundTrip } from "../doctor/round-trip.js";
import { defaultAddresses } from "../stack/stack-config.js";
import { dim, green, print, red, yellow } from "../terminal.js";

const marks = { ok: green("✓"), warning: yellow("!"), failure: red("✗") } as const;

async function checkK6(): Promise<CheckResult> {
  try {
    const k6 = await resolveTool("k6", { install: false });
    return ok(`k6 (${k6.from}): ${k6.path}`);
  } catch {
    return warning("k6 is not there yet", "the first `venturi load run` builds it once; or set K6_BIN");
  }
}

async function examine(jaegerUrl: string): Promise<CheckResult[]> {
  const checks = checkEnvironment(process.env, process.versions.node);
  const target = otlpTarget(process.env);
  if (target) {
    const endpoint = await checkEndpoint(target);
    checks.push(endpoint);
    if (endpoint.status === "ok" && target.protocol === "http")
      checks.push(await checkRoundTrip(target.url.href, jaegerUrl));
  }
  checks.push(await checkK6());
  return checks;
}

/** `venturi doctor`: why does no telemetry arrive? Exit status 1 when something is wrong. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("find out why no telemetry arrives")
    .option("--jaeger <url>", "Jaeger query API where traces should appear", `http://${defaultAddresses.api}`)
    .action(async (options: { jaeger: string }) => {
      const checks = await examine(options.jaeger);
      for (const check of checks) {
        print(`${marks[check.status]} ${check.title}`);
        if (check.advice) print(dim(`    → ${check.advice}`));
      }
      process.exitCode = checks.some((check) => check.status === "failure") ? 1 : 0;
    });
}
