import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type LoadReport, runLoad } from "@venturi/loadtest";
import { type FaultName, faults, shopLoadScript, startShop } from "@venturi/shop";
import { resolveTool } from "@venturi/tools";
import { type EmbeddedStack, startStack } from "../stack/embedded-stack.js";
import { freePort } from "../stack/free-port.js";
import { reportsDir } from "../stack/paths.js";
import { note, print } from "../terminal.js";
import { predictionLines } from "./prediction.js";
import { warmUp } from "./warm-up.js";

export interface DemoSettings {
  readonly fault: FaultName | "none";
  readonly durationSeconds: number;
  /** Requests per second that k6 sends. */
  readonly rate: number;
  /** Data folder: the demo's database and the reports. */
  readonly data: string;
  /** Fixes the fault afterwards, as advised, and measures again. */
  readonly fix?: boolean;
  readonly signal: AbortSignal;
}

export interface DemoRun {
  readonly report: LoadReport;
  /** The same load on the fixed shop. */
  readonly fixed?: LoadReport;
  readonly apiUrl: string;
  stop(): Promise<void>;
}

/** A stack of its own on free ports, so that a demo never meets a running `venturi up`, with an empty database. */
async function demoStack(data: string): Promise<EmbeddedStack> {
  const databasePath = join(data, `demo-${process.pid}.duckdb`);
  const stack = await startStack({
    addresses: {
      otlpGrpc: "127.0.0.1:0",
      otlpHttp: "127.0.0.1:0",
      api: "127.0.0.1:0",
      telemetryPort: await freePort(),
      healthCheck: "127.0.0.1:0",
    },
    databasePath,
    data,
    log: (line) => process.env.VENTURI_DEBUG && note(line),
  });
  return {
    ...stack,
    stop: async () => {
      await stack.stop();
      for (const suffix of ["", ".wal"]) await rm(databasePath + suffix, { force: true });
    },
  };
}

/**
 * The whole path: the shop's services under real k6 load, their telemetry through the collector into the store, and a
 * diagnosis of what limited them.
 */
export async function runDemo(settings: DemoSettings): Promise<DemoRun> {
  // k6 may have to be built first: that needs nothing of the stack, so both go on at once.
  const k6Found = resolveTool("k6", { log: print, signal: settings.signal });
  // Awaited below; without this a failure while the stack starts would count as unhandled.
  k6Found.catch(() => {});
  const stack = await demoStack(settings.data);
  const stops = [() => stack.stop()];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0)) await one();
  };
  try {
    print(`collector and store are up: ${stack.apiUrl}`);
    const shop = await startShop({
      otlpEndpoint: stack.otlpHttpUrl,
      log: (line) => process.env.VENTURI_DEBUG && note(line),
    });
    stops.unshift(() => shop.stop());
    print(`shop is up: ${Object.keys(shop.services).join(", ")} behind ${shop.gatewayUrl}`);
    const k6 = await k6Found;
    await warmUp(shop.gatewayUrl, 4000, settings.signal);
    const load = (state: string): Promise<LoadReport> => {
      print(`${state}; load: ${settings.rate} requests/s for ${settings.durationSeconds} s by k6`);
      return runLoad({
        script: shopLoadScript,
        k6Path: k6.path,
        env: { BASE_URL: shop.gatewayUrl, RATE: String(settings.rate), DURATION: `${settings.durationSeconds}s` },
        prometheusUrl: stack.apiUrl,
        jaegerUrl: stack.apiUrl,
        outDir: reportsDir(settings.data),
        rootService: "gateway",
        // The shop's services export every second.
        spanDelayMs: 2500,
        progress: print,
        isTty: process.stdout.isTTY === true,
        signal: settings.signal,
      });
    };
    const { fault } = settings;
    await shop.setFault(fault);
    const report = await load(`fault: ${fault}`);
    if (settings.fix !== true || fault === "none" || settings.signal.aborted) {
      return { report, apiUrl: stack.apiUrl, stop };
    }
    await shop.fixFault(fault);
    const fixed = await load(`fixed: ${faults[fault].fix ?? `${fault} is taken away`}`);
    for (const line of predictionLines(report, fixed)) print(line);
    return { report, fixed, apiUrl: stack.apiUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
