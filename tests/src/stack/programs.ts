import { join } from "node:path";
import { resolveTool, type ToolName } from "@venturi/tools";
import type { Addresses } from "./addresses.js";

/** What starts a container's process on this machine. */
export interface Program {
  readonly file: string;
  /** Before the arguments that compose gives. */
  readonly args: readonly string[];
  /** After them: what an image has as its default and this machine must be told. */
  readonly moreArgs?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Of `command`, what stands for `file` already. */
  readonly skipArgs?: number;
  /** It tells its URL over IPC when it is up. */
  readonly ipc?: boolean;
}

type Find = (name: string, root: string, addresses: Addresses) => Promise<Program>;

async function tool(name: ToolName): Promise<string> {
  return (await resolveTool(name, { log: console.error })).path;
}

/** By image, without its tag. An image that is not here has no program: Grafana comes in its image only. */
const programs: Readonly<Record<string, Find>> = {
  "venturi/shop": async (_, root) => ({ file: process.execPath, args: [], cwd: join(root, "examples/shop") }),
  "venturi/collector": async (_, root) => ({
    file: process.execPath,
    args: [join(root, "cli/dist/main.js"), "collector"],
  }),
  "prom/prometheus": async (name, _, addresses) => ({
    file: await tool("prometheus"),
    args: [],
    moreArgs: [`--web.listen-address=127.0.0.1:${await addresses.port(name, 9090)}`],
  }),
  // Jaeger traces itself to port 4317 unless told not to; in its container nobody else has that port.
  "jaegertracing/jaeger": async () => ({
    file: await tool("jaeger"),
    args: [],
    env: { OTEL_TRACES_SAMPLER: "always_off" },
  }),
  "grafana/k6": async () => ({ file: await tool("k6"), args: [] }),
  redis: async (name, _, addresses) => ({
    file: process.env.REDIS_SERVER_BIN ?? "redis-server",
    args: ["--bind", "127.0.0.1", "--port", String(await addresses.port(name, 6379))],
    skipArgs: 1,
  }),
  // The shop's own keeper of a Postgres from npm: it needs no installation, and ends with its parent.
  postgres: async (_, root) => ({
    file: process.execPath,
    args: ["dist/database/keeper.js"],
    cwd: join(root, "examples/shop"),
    ipc: true,
  }),
};

/** The program for a service's image, or undefined when there is none outside of Docker. */
export async function findProgram(
  name: string,
  image: string,
  root: string,
  addresses: Addresses,
): Promise<Program | undefined> {
  return programs[image.replace(/:[^/]*$/, "")]?.(name, root, addresses);
}
