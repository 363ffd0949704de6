import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { type Binaries, findBinaries } from "./binaries.js";

const run = promisify(execFile);

/** Fit for a demo that lives for minutes: no durability, no parallel plans and no JIT, so that a plan's cost is steady. */
const serverSettings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=100",
  "shared_buffers=64MB",
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "jit=off",
  "max_parallel_workers_per_gather=0",
  "timezone=UTC",
  "log_timezone=UTC",
];

/** Nothing of the caller's environment that steers Postgres (PGDATA, PGPORT, LC_*) may reach it. */
const environment = { PATH: process.env.PATH, LC_ALL: "C" };

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

export interface RunningPostgres {
  readonly url: string;
  /** Stops the server and removes its folder; safe to call twice. */
  stop(): Promise<void>;
  /** Resolves when the server has ended for whatever reason. */
  readonly ended: Promise<void>;
}

/**
 * Starts a Postgres of its own in a fresh folder below `parentDir` (default: the system's temporary folder), on a free
 * port of 127.0.0.1, with a random password. Postgres refuses to run as root, so for root it runs as `postgres` or
 * `nobody`, whichever exists; no user is created.
 * @throws Error when the binaries are missing or incomplete, or the server does not come up; nothing is left behind.
 */
export async function startPostgres(parentDir: string = tmpdir()): Promise<RunningPostgres> {
  const owner = await findOwner();
  const home = await mkdtemp(join(parentDir, "venturi-shop-"));
  try {
    if (owner.uid !== undefined) await handOver(home, owner);
    const binaries = await usableBinaries(await findBinaries(), owner, home);
    const password = randomBytes(18).toString("base64url");
    const dataDir = await initialise(binaries, owner, home, password);
    const { server, port } = await startOnFreePort(binaries, owner, dataDir);
    const ended = once(server, "exit").then(() => {});
    let stopped: Promise<void> | undefined;
    const address = `postgres://shop:${password}@127.0.0.1:${port}`;
    try {
      await createDatabase(`${address}/postgres`);
    } catch (error) {
      await stopServer(server, ended);
      throw error;
    }
    return {
      url: `${address}/shop`,
      ended,
      stop: () => (stopped ??= stopServer(server, ended).then(() => rm(home, { recursive: true, force: true }))),
    };
  } catch (cause) {
    await rm(home, { recursive: true, force: true });
    throw new Error(`cannot start Postgres: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function findOwner(): Promise<Owner> {
  if (process.platform === "win32" || userInfo().uid !== 0) return {};
  const users = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const user = users.find(([userName]) => userName === name);
    if (user !== undefined && Number(user[2]) > 0) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error(
    "cannot start Postgres: it refuses to run as root and there is no user postgres or nobody; run as another user or set DATABASE_URL",
  );
}

/** Gives a folder to the user that Postgres runs as, who must also be able to get to it. */
async function handOver(folder: string, owner: Owner): Promise<void> {
  await chown(folder, owner.uid!, owner.gid!);
  await run("/bin/sh", ["-c", 'cd "$1"', "sh", folder], { ...owner, env: environment }).catch((cause) => {
    throw new Error(`user ${owner.uid} can't reach ${folder}; choose a folder that other users can pass through`, {
      cause,
    });
  });
}

/** Node modules below root's home are closed to other users: then the binaries are copied beside the data. */
async function usableBinaries(binaries: Binaries, owner: Owner, home: string): Promise<Binaries> {
  try {
    await run(binaries.postgres, ["--version"], { ...owner, env: environment });
    return binaries;
  } catch (cause) {
    if (owner.uid === undefined || (cause as NodeJS.ErrnoException).code !== "EACCES") throw cause;
  }
  const source = dirname(dirname(binaries.postgres));
  const copy = join(home, "native");
  await cp(source, copy, { recursive: true, verbatimSymlinks: true });
  const moved = { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
  await run(moved.postgres, ["--version"], { ...owner, env: environment });
  return moved;
}

async function initialise(binaries: Binaries, owner: Owner, home: string, password: string): Promise<string> {
  const dataDir = join(home, "data");
  const passwordFile = join(home, "password");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (owner.uid !== undefined) await chown(passwordFile, owner.uid, owner.gid!);
  const options = ["--username=shop", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"];
  await run(binaries.initdb, [`--pgdata=${dataDir}`, `--pwfile=${passwordFile}`, ...options], {
    ...owner,
    cwd: home,
    env: environment,
  });
  await rm(passwordFile);
  return dataDir;
}

async function startOnFreePort(
  binaries: Binaries,
  owner: Owner,
  dataDir: string,
): Promise<{ server: ChildProcess; port: number }> {
  // Postgres can't be told "any port", and between our look and its bind somebody else may take the port.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return { server: await startServer(binaries, owner, dataDir, port), port };
    } catch (error) {
      if (attempt === 5 || !String(error).includes("Address already in use")) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function startServer(binaries: Binaries, owner: Owner, dataDir: string, port: number): Promise<ChildProcess> {
  const settings = [...serverSettings, `port=${port}`].flatMap((setting) => ["-c", setting]);
  const server = spawn(binaries.postgres, ["-D", dataDir, ...settings], {
    ...owner,
    cwd: dataDir,
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
    // A process group of its own: Ctrl-C in a terminal reaches the keeper only, which stops the server in order.
    detached: true,
  });
  let log = "";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`postgres ended with code ${code}: ${log.trim()}`)));
    server.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      // Past the start nothing is kept, but the pipe must be read on.
      if (log.length < 65_536) log += chunk;
      if (log.includes("ready to accept connections")) resolve();
    });
  });
  return server;
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query("CREATE DATABASE shop");
  await client.end();
}

async function stopServer(server: ChildProcess, ended: Promise<void>): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  // SIGINT is Postgres' fast shutdown, SIGQUIT its immediate one.
  server.kill("SIGINT");
  const impatient = setTimeout(() => server.kill("SIGQUIT"), 5_000);
  await ended;
  clearTimeout(impatient);
}
