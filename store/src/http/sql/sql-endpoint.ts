import type { Database } from "../../database/database.js";
import { runReadOnlySql, SqlError } from "../../database/read-only-sql.js";
import { HttpError, jsonReply, type Reply, wrongMethodReply } from "../reply.js";
import type { Request } from "../request.js";

export interface SqlEndpointSettings {
  readonly database: Database;
  /** Makes what was accepted visible. */
  readonly flush: () => Promise<void>;
  /** Off unless it was asked for, and on addresses other than this machine's own. */
  readonly isOn: boolean;
}

const maxRequestBytes = 1024 * 1024;
/** What one answer may hold, and how long it may take. */
const bounds = { maxRows: 10_000, maxBytes: 16 * 1024 * 1024, timeoutMs: 30_000 };

/** `POST /api/venturi/sql` with `{"sql": "SELECT …"}`: one statement that only reads (docs/store/sql.md). */
export class SqlEndpoint {
  readonly #settings: SqlEndpointSettings;
  /** A statement holds one of the few reading connections, so that two at a time would stop everything else. */
  #isBusy = false;

  constructor(settings: SqlEndpointSettings) {
    this.#settings = settings;
  }

  async answer(request: Request): Promise<Reply> {
    try {
      if (!this.#settings.isOn) {
        throw new HttpError(403, "SQL over HTTP is off: start with --sql, on 127.0.0.1");
      }
      if (request.method !== "POST") return wrongMethodReply;
      const { sql, limits } = await readStatement(request);
      if (this.#isBusy) throw new HttpError(429, "another statement is running: wait for its answer");
      this.#isBusy = true;
      try {
        await this.#settings.flush();
        const startedMs = performance.now();
        const answer = await runReadOnlySql(this.#settings.database, sql, limits, request.signal);
        const columns = answer.columns.map((name, index) => ({ name, type: answer.types[index] }));
        const elapsedMs = Math.round(performance.now() - startedMs);
        return jsonReply(200, { columns, rows: answer.rows, truncated: answer.isTruncated, elapsedMs });
      } finally {
        this.#isBusy = false;
      }
    } catch (error) {
      if (error instanceof SqlError) return jsonReply(400, { error: error.message });
      if (error instanceof HttpError) return jsonReply(error.status, { error: error.message });
      throw error;
    }
  }
}

async function readStatement(request: Request): Promise<{ sql: string; limits: typeof bounds }> {
  // A web page of others cannot send this type without asking first.
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new HttpError(415, "send JSON: content-type: application/json");
  let body: unknown;
  try {
    body = JSON.parse((await request.body(maxRequestBytes)).toString("utf8"));
  } catch (cause) {
    if (cause instanceof HttpError) throw cause;
    throw new HttpError(400, `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { sql, maxRows, timeoutMs, ...rest } = (body ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw new HttpError(400, `unknown field "${unknown}": known are sql, maxRows, timeoutMs`);
  if (typeof sql !== "string" || sql.trim() === "") throw new HttpError(400, '"sql" must be the text of a statement');
  const limits = {
    ...bounds,
    maxRows: within("maxRows", maxRows, bounds.maxRows),
    timeoutMs: within("timeoutMs", timeoutMs, bounds.timeoutMs),
  };
  return { sql, limits };
}

function within(name: string, value: unknown, max: number): number {
  if (value === undefined) return max;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new HttpError(400, `"${name}" must be a whole number from 1 to ${max}`);
}
