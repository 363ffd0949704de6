import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Usage } from "./app.js";
import type { Contender } from "./contenders.js";
import { runLoad } from "./load.js";
import type { PeerCounts } from "./peer.js";

export interface Measurement {
  readonly contender: string;
  readonly round: number;
  readonly startWallMs: number;
  readonly startCpuMs: number;
  readonly startRssBytes: number;
  readonly cpuMsPer10k: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly loadedRssBytes: number;
  readonly otlpBytesPerRequest: number;
}

export interface LoadPlan {
  readonly warmup: number;
  readonly requests: number;
  readonly connections: number;
  /** The Node that runs the app. */
  readonly node: string;
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

async function answer<T>(child: ChildProcess): Promise<T> {
  const died = once(child, "exit").then(([code]) => Promise.reject(new Error(`a process ended with code ${code}`)));
  const [message] = (await Promise.race([once(child, "message"), died])) as [T];
  return message;
}

async function ask<T>(child: ChildProcess): Promise<T> {
  const answered = answer<T>(child);
  child.send("ask");
  return await answered;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Starts the peers and the app anew, warms it up, and measures one load. */
export async function runOnce(contender: Contender, round: number, plan: LoadPlan): Promise<Measurement> {
  const peer = fork(here("./peer.js"), { execArgv: [] });
  let app: ChildProcess | undefined;
  try {
    const { port: peerPort } = await answer<{ port: number }>(peer);
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      BENCH_HOP_URL: `http://127.0.0.1:${peerPort}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${peerPort}`,
      OTEL_LOGS_EXPORTER: "none",
      OTEL_METRIC_EXPORT_INTERVAL: "5000",
      OTEL_METRIC_EXPORT_TIMEOUT: "5000",
      NODE_ENV: "production",
      ...contender.env,
    };
    app = fork(here("./app.js"), {
      execPath: plan.node,
      execArgv: [...contender.nodeArgs],
      env,
      stdio: ["ignore", "ignore", process.env.BENCH_STDERR === undefined ? "ignore" : "inherit", "ipc"],
    });
    const started = await answer<Usage & { port: number; wallMs: number }>(app);
    await runLoad(started.port, plan.warmup, plan.connections);
    const before = await ask<Usage>(app);
    await ask<PeerCounts>(peer);
    const load = await runLoad(started.port, plan.requests, plan.connections);
    const after = await ask<Usage>(app);
    const { otlpBytes } = await ask<PeerCounts>(peer);
    return {
      contender: contender.name,
      round,
      startWallMs: started.wallMs,
      startCpuMs: started.cpuMs,
      startRssBytes: started.rssBytes,
      cpuMsPer10k: ((after.cpuMs - before.cpuMs) / plan.requests) * 10_000,
      requestsPerSecond: (load.requests / load.wallMs) * 1_000,
      p50Ms: load.p50Ms,
      p99Ms: load.p99Ms,
      loadedRssBytes: after.rssBytes,
      otlpBytesPerRequest: otlpBytes / plan.requests,
    };
  } finally {
    await stop(peer);
    if (app !== undefined) await stop(app);
  }
}
