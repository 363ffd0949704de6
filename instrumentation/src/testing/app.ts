import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";

const room: string = fileURLToPath(new URL("../..", import.meta.url));
const register: string = pathToFileURL(`${room}/dist/register.js`).href;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AppSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** How the flag is given. Default: `--import`. */
  readonly flag?: "--import" | "--require" | "NODE_OPTIONS" | "stock" | "none";
}

/** A child process of a test: its output, its exit, and the port that it printed as `{"port":…}`. */
export class App {
  stdout = "";
  stderr = "";
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcess;

  constructor(file: string, settings: AppSettings = {}) {
    const flag = settings.flag ?? "--import";
    const viaFlag = {
      "--import": ["--import", register],
      "--require": ["--require", `${room}/dist/register.js`],
      NODE_OPTIONS: ["--import", register],
      // Upstream's instrumentations instead of ours.
      stock: ["--require", `${room}/testdata/stock-register.cjs`],
      none: [],
    }[flag];
    const isFlagInEnv = flag === "NODE_OPTIONS";
    const nodeArgs = isFlagInEnv ? [] : viaFlag;
    this.#child = spawn(process.execPath, [...nodeArgs, `${room}/testdata/${file}`, ...(settings.args ?? [])], {
      env: {
        PATH: process.env.PATH,
        ...(isFlagInEnv ? { NODE_OPTIONS: viaFlag.join(" ") } : {}),
        OTEL_BSP_SCHEDULE_DELAY: "50",
        OTEL_METRIC_EXPORT_INTERVAL: "200",
        ...settings.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exit = once(this.#child, "close").then(([code, signal]) => ({ code, signal }) as Exit);
  }

  /** The URL of the server that the app started. Throws with the app's stderr when it ended before. */
  async url(): Promise<string> {
    const found = this.until(() => /\{"port":(\d+)\}/.exec(this.stdout)?.[1]);
    const port = await Promise.race([found, this.exit.then(() => undefined)]);
    if (port === undefined) throw new Error(`cannot start the app: ${this.stderr}`);
    return `http://127.0.0.1:${port}`;
  }

  /** Resolves when `find` finds something in the output. */
  until<T>(find: (app: this) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find(this);
        if (found !== undefined) resolve(found);
      };
      this.#child.stdout?.on("data", look);
      this.#child.stderr?.on("data", look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.exit;
  }
}
