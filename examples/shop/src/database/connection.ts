import type pg from "pg";
import { transaction, transactionOn } from "./pool.js";

/** What code that queries needs: it need not know whether it borrows a connection per query or was lent one. */
export interface Database {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
}

/** Borrows a connection for each query and each transaction, and no longer. */
export function onPool(pool: pg.Pool): Database {
  return {
    query: (text, values) => pool.query(text, values),
    transaction: (work) => transaction(pool, work),
  };
}

/** Uses the one connection that the caller holds. */
export function onClient(client: pg.PoolClient): Database {
  return {
    query: (text, values) => client.query(text, values),
    transaction: (work) => transactionOn(client, () => work(client)),
  };
}
