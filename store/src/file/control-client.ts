import { request } from "node:http";
import { resolve } from "node:path";
import type { SqlAnswer, SqlLimits } from "../database/read-only-sql.js";
import { controlPath } from "./control-path.js";
import type { StoreFile } from "./store-file.js";
import type { Verification } from "./verify.js";

/** The store as the process that has it open shows it; undefined when there is no such process. */
export async function connectToRunningStore(databasePath: string): Promise<StoreFile | undefined> {
  const socketPath = controlPath(databasePath);
  if (!(await isListening(socketPath))) return undefined;
  return {
    isRunning: true,
    sql: (sql: string, limits: SqlLimits) => ask<SqlAnswer>(socketPath, "/sql", { sql, ...limits }),
    backup: async (target: string) => {
      return (await ask<{ bytes: number }>(socketPath, "/backup", { path: resolve(target) })).bytes;
    },
    verify: () => ask<Verification>(socketPath, "/verify", {}),
    close: () => Promise.resolve(),
  };
}

/** Any answer will do: the server has no such command. */
function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolved) => {
    const probe = request({ socketPath, path: "/", method: "POST" }, (response) => {
      response.resume();
      response.on("end", () => resolved(true));
    });
    probe.on("error", () => resolved(false));
    probe.end("{}");
  });
}

function ask<Answer>(socketPath: string, path: string, command: object): Promise<Answer> {
  return new Promise((resolved, reject) => {
    const sent = request({ socketPath, path, method: "POST" }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
        if (response.statusCode === 200) resolved(body as Answer);
        else reject(new Error(String((body as { error: unknown }).error)));
      });
    });
    sent.on("error", (cause) => reject(new Error(`the running store does not answer: ${cause.message}`, { cause })));
    sent.end(JSON.stringify(command));
  });
}
