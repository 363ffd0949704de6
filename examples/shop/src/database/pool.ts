import pg from "pg";

/** Enough for the demo's load with room to spare: in health nobody waits for a connection. */
export const poolSize = 10;

const checkouts = new WeakMap<pg.Pool, number>();

/** The state of a pool, for people; `checkouts` counts how often a connection was borrowed. */
export function describePool(pool: pg.Pool): Record<string, number> {
  return {
    size: pool.options.max,
    total: pool.totalCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
    checkouts: checkouts.get(pool) ?? 0,
  };
}

/**
 * The pool of one process, for the database at DATABASE_URL, whose tables live in the schema `shop`. A process has one
 * pool only, which the queue shares: pool metrics of several pools in a process can't be told apart.
 */
export function createPool(applicationName: string): pg.Pool {
  const connectionString = process.env.DATABASE_URL;
  if (!connectionString) throw new Error(`cannot start ${applicationName}: set DATABASE_URL to a Postgres URL`);
  const { hostname, port, pathname } = new URL(connectionString);
  const pool = new pg.Pool({
    connectionString,
    // Said again, because telemetry names a pool by these and doesn't read the URL.
    host: hostname,
    port: Number(port || 5432),
    database: decodeURIComponent(pathname.slice(1)),
    application_name: applicationName,
    max: poolSize,
    options: "-c search_path=shop",
    connectionTimeoutMillis: 15_000,
    // A pool that keeps its connections: opening one costs more than most of the shop's queries.
    idleTimeoutMillis: 0,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", (error) => console.error(`lost an idle connection: ${error.message}`));
  pool.on("acquire", () => checkouts.set(pool, (checkouts.get(pool) ?? 0) + 1));
  return pool;
}

/** Changes how many connections the pool may have, and closes the surplus as soon as it is free. */
export async function resizePool(pool: pg.Pool, size: number): Promise<void> {
  pool.options.max = size;
  while (pool.totalCount > size) (await pool.connect()).release(true);
}

/** Runs `work` in a transaction; rolls back when it throws. */
export async function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await transactionOn(client, () => work(client));
  } finally {
    client.release();
  }
}

/** Runs `work` in a transaction on a connection that the caller holds. */
export async function transactionOn<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
