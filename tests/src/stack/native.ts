import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, startChild } from "../support/child.js";
import { eventually } from "../support/eventually.js";
import { Addresses } from "./addresses.js";
import { type ComposeService, type ComposeServices, dependenciesOf, readCompose } from "./compose.js";
import { Files } from "./files.js";
import { findProgram, type Program } from "./programs.js";

export interface NativeStackOptions {
  /** Free ports instead of those that compose publishes. */
  readonly freePorts?: boolean;
  /** Gets a line for each service that is up, and for each that has no program here. */
  readonly log?: (line: string) => void;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
}

export interface NativeStack {
  /** The services that run, in the order in which they came up. */
  readonly running: readonly string[];
  /** `http://127.0.0.1:…` of a container's port. */
  url(service: string, containerPort: number): Promise<string>;
  /** Runs a service of a profile, such as k6, with more environment; resolves with its exit code and output. */
  runJob(
    service: string,
    environment?: Readonly<Record<string, string>>,
  ): Promise<{ code: number | null; output: string }>;
  /** Resolves with a line when a service ends that nobody stopped. */
  readonly failed: Promise<string>;
  /** Ends every process, each before those that it depends on, and removes what was written; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts the processes of `docker-compose.yml` on this machine: same programs, arguments, environment, files and order;
 * addresses of this machine (see {@link Addresses}). Grafana and Alertmanager, which no npm package or tool of ours
 * brings, stay out.
 *
 * @throws Error that names the service that did not come up; the others have been stopped by then
 */
export async function startNativeStack(root: string, options: NativeStackOptions = {}): Promise<NativeStack> {
  const folder = await mkdtemp(join(tmpdir(), "venturi-stack-"));
  const run = new Run(root, folder, options);
  options.signal?.addEventListener("abort", () => void run.stop(), { once: true });
  try {
    await run.startAll();
    return run;
  } catch (error) {
    await run.stop();
    throw error;
  }
}

class Run implements NativeStack {
  readonly running: string[] = [];
  readonly failed: Promise<string>;
  readonly #root: string;
  readonly #folder: string;
  readonly #services: ComposeServices;
  readonly #addresses: Addresses;
  readonly #log: (line: string) => void;
  readonly #starting = new Map<string, Promise<void>>();
  readonly #children = new Map<string, Child>();
  readonly #stopping = new Map<string, Promise<void>>();
  #fail: (line: string) => void = () => {};
  #stopped: Promise<void> | undefined;

  constructor(root: string, folder: string, options: NativeStackOptions) {
    this.#root = root;
    this.#folder = folder;
    this.#services = readCompose(root);
    this.#addresses = new Addresses(this.#services, options.freePorts ?? false);
    this.#log = options.log ?? (() => {});
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  async startAll(): Promise<void> {
    const names = Object.keys(this.#services).filter((name) => this.#services[name]?.profiles === undefined);
    const ends = await Promise.allSettled(names.map((name) => this.#start(name)));
    const failure = ends.find((end) => end.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }

  url(service: string, containerPort: number): Promise<string> {
    return this.#addresses.url(service, containerPort);
  }

  async runJob(name: string, environment: Readonly<Record<string, string>> = {}) {
    const service = this.#service(name);
    const program = await findProgram(name, service.image, this.#root, this.#addresses);
    if (program === undefined) throw new Error(`cannot run ${name}: ${service.image} is only an image`);
    const child = await this.#spawn(
      name,
      { ...service, environment: { ...service.environment, ...environment } },
      program,
    );
    return { code: await child.exited, output: child.output() };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.#stop(name)));
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Who sends before who receives, so that what a sender still has arrives. */
  #stop(name: string): Promise<void> {
    const known = this.#stopping.get(name);
    if (known !== undefined) return known;
    const dependents = [...this.#children.keys()].filter((other) =>
      dependenciesOf(this.#service(other)).includes(name),
    );
    const stopped = Promise.all(dependents.map((other) => this.#stop(other))).then(() =>
      this.#children.get(name)?.stop(),
    );
    this.#stopping.set(name, stopped);
    return stopped;
  }

  #service(name: string): ComposeService {
    const service = this.#services[name];
    if (service === undefined) throw new Error(`cannot find ${name} in docker-compose.yml`);
    return service;
  }

  #start(name: string): Promise<void> {
    const started = this.#starting.get(name) ?? this.#startAfterDependencies(name);
    this.#starting.set(name, started);
    return started;
  }

  async #startAfterDependencies(name: string): Promise<void> {
    const service = this.#service(name);
    await Promise.all(dependenciesOf(service).map((dependency) => this.#start(dependency)));
    const program = await findProgram(name, service.image, this.#root, this.#addresses);
    if (program === undefined) {
      this.#log(`${name.padEnd(12)} not here: ${service.image} is started by compose only`);
      return;
    }
    const child = await this.#spawn(name, service, program);
    try {
      await this.#ready(name, service, child, program);
    } catch (cause) {
      throw new Error(`cannot start ${name}: ${(cause as Error).message}`, { cause });
    }
    this.running.push(name);
    void child.exited.then((code) => {
      if (this.#stopped === undefined) this.#fail(`${name} ended with code ${code}: ${lastLine(child)}`);
    });
  }

  async #spawn(name: string, service: ComposeService, program: Program): Promise<Child> {
    const files = await Files.of(name, service, this.#root, this.#folder, this.#addresses);
    const given = (service.command ?? []).slice(program.skipArgs ?? 0);
    const args = program.ipc ? [] : given.map((argument) => files.localise(argument));
    const env: NodeJS.ProcessEnv = { ...withoutTelemetrySettings(), NODE_ENV: "production", ...program.env };
    for (const [key, value] of Object.entries(service.environment ?? {})) {
      env[key] = await this.#localVariable(name, key, value);
    }
    if (this.#stopped !== undefined) throw new Error("the stack is stopping");
    const { cwd, ipc = false } = program;
    const child = startChild(program.file, [...program.args, ...args, ...(program.moreArgs ?? [])], {
      cwd,
      env,
      ipc,
      detached: true,
    });
    this.#children.set(name, child);
    return child;
  }

  /** A port to listen on and the address for it are variables of their own. */
  async #localVariable(name: string, key: string, value: string): Promise<string> {
    if (/(^|_)PORT$/.test(key)) return String(await this.#addresses.port(name, Number(value)));
    if (key === "HOST") return "127.0.0.1";
    return this.#addresses.localise(name, value);
  }

  async #ready(name: string, service: ComposeService, child: Child, program: Program): Promise<void> {
    const ended = child.exited.then((code) => {
      throw new Error(`it ended with code ${code}: ${lastLine(child)}`);
    });
    await Promise.race([this.#becomesReady(name, service, child, program), ended]);
  }

  async #becomesReady(name: string, service: ComposeService, child: Child, program: Program): Promise<void> {
    if (program.ipc) {
      const [message] = (await once(child.process, "message")) as [{ url: string }];
      this.#addresses.standIn("postgres://shop@postgres:5432/shop", message.url);
      this.#log(`${name.padEnd(12)} is up`);
      return;
    }
    const check = service.healthcheck?.test.join(" ") ?? "";
    const checkedUrl = /https?:\/\/[\w.:/-]+/.exec(check)?.[0];
    if (checkedUrl === undefined) await child.waitForOutput(/Ready to accept connections/);
    else await answers(await this.#addresses.localise(name, checkedUrl));
    this.#log(`${name.padEnd(12)} ${await this.#describe(name, service)}`);
  }

  async #describe(name: string, { ports = [] }: ComposeService): Promise<string> {
    const urls = ports.map((port) => this.url(name, Number(port.split(":")[2])));
    return urls.length === 0 ? "is up" : (await Promise.all(urls)).join(" ");
  }
}

async function answers(url: string): Promise<void> {
  await eventually(`${url} answers`, async () => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok ? true : undefined;
  });
}

function lastLine(child: Child): string {
  return child.output().trim().split("\n").at(-1) ?? "";
}

/** The caller's own OTEL_* and VENTURI_* settings, unset. */
function withoutTelemetrySettings(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter(
    (name) => /^(OTEL|VENTURI)_/.test(name) && name !== "VENTURI_CACHE_DIR",
  );
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
