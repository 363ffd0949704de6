import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isAbsolute } from "node:path";
import type { Database } from "../database/database.js";
import { runReadOnlySql, SqlError } from "../database/read-only-sql.js";
import { controlPath } from "./control-path.js";
import { verifyDatabase } from "./verify.js";

export interface ControlServer {
  close(): Promise<void>;
}

/** A statement or a path; nothing else is sent. */
const maxBodyBytes = 1024 * 1024;

/**
 * Answers `venturi store …` for the store that this process has open, since DuckDB lets no other process in: SQL that
 * only reads, snapshots and verification. It listens on a socket file that only the user who runs the store may open.
 * @param prepare brings what is only in memory into the database
 */
export async function startControlServer(
  database: Database,
  databasePath: string,
  prepare: () => Promise<void>,
): Promise<ControlServer> {
  const path = controlPath(databasePath);
  // We hold the database's lock, so a socket that is there already is of a process that was killed.
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    answer(request, response, database, prepare).catch(() => response.destroy());
  });
  await listen(server, path);
  if (process.platform !== "win32") await chmod(path, 0o600);
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  database: Database,
  prepare: () => Promise<void>,
): Promise<void> {
  let status = 200;
  let body: unknown;
  try {
    const command = JSON.parse(await bodyOf(request)) as Record<string, unknown>;
    await prepare();
    body = await run(database, request.url ?? "", command);
  } catch (error) {
    status = error instanceof SqlError ? 400 : 500;
    body = { error: error instanceof Error ? error.message : String(error) };
  }
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function run(database: Database, url: string, command: Record<string, unknown>): Promise<unknown> {
  switch (url) {
    case "/sql": {
      const { sql, maxRows, timeoutMs } = command;
      if (typeof sql !== "string") throw new SqlError("cannot run the statement: there is none");
      return runReadOnlySql(database, sql, { maxRows: Number(maxRows), timeoutMs: Number(timeoutMs) });
    }
    case "/backup": {
      const { path } = command;
      if (typeof path !== "string" || !isAbsolute(path)) throw new Error("cannot back up: the path must be absolute");
      return { bytes: await database.snapshot(path) };
    }
    case "/verify":
      return verifyDatabase(database);
    default:
      throw new Error(`unknown command ${url}: the running store is of another version`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new Error("the command is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
