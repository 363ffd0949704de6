import { describe, expect, test } from "vitest";
import { spansOf } from "../../testing/otlp-json.js";
import { getJson, type JsonAnswer, servedStore, testStore } from "../../testing/test-store.js";

async function served() {
  const { store, url } = await servedStore({ sql: true });
  const startMs = Date.now();
  const spans = [1, 2, 3].map((n) => {
    return { traceId: "a".repeat(32), spanId: `000000000000000${n}`, name: `op-${n}`, startMs, durationMs: n };
  });
  await store.write(spansOf("shop", spans));
  const post = (body: unknown, headers: Record<string, string> = {}): Promise<JsonAnswer> => {
    return getJson(`${url}/api/venturi/sql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  };
  return { url, post };
}

describe("SQL over HTTP", () => {
  test("one statement that only reads", async () => {
    const { post } = await served();
    const { status, body } = await post({ sql: "SELECT name, duration_ns FROM spans ORDER BY name" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      columns: [
        { name: "name", type: "VARCHAR" },
        { name: "duration_ns", type: "BIGINT" },
      ],
      rows: [
        ["op-1", "1000000"],
        ["op-2", "2000000"],
        ["op-3", "3000000"],
      ],
      truncated: false,
    });
    expect((await post({ sql: "SELECT * FROM spans", maxRows: 2 })).body).toMatchObject({ truncated: true });
    expect((await post({ sql: "DESCRIBE spans" })).status).toBe(200);
  });

  test("what it may not do", async () => {
    const { post } = await served();
    const error = async (body: unknown, headers = {}): Promise<string> => {
      const answer = await post(body, headers);
      return `${answer.status} ${answer.body.error ?? answer.body}`;
    };
    expect(await error({ sql: "DELETE FROM spans" })).toMatch(/^400 .*only SELECT is allowed, this is DELETE/);
    expect(await error({ sql: "SELECT 1; SELECT 2" })).toMatch(/^400 .*it is 2 statements/);
    expect(await error({ sql: "SELECT * FROM read_csv('/etc/passwd')" })).toMatch(/^400 .*Permission|^400 .*disabled/);
    expect(await error({ sql: "SELECT * FROM '/etc/passwd'" })).toMatch(/^400/);
    expect(await error({ sql: "ATTACH 'x.db'" })).toMatch(/^400/);
    expect(await error({ sql: "COPY spans TO 'x.csv'" })).toMatch(/^400/);
    expect(await error({ sql: "SET memory_limit = '1GB'" })).toMatch(/^400/);
    expect(await error({ sql: "SELEC" })).toMatch(/^400 cannot run the statement: .*Parser Error/);
    expect(await error({ sql: "" })).toMatch(/^400 "sql" must be/);
    expect(await error("{")).toMatch(/^400 the body is not JSON/);
    expect(await error("null")).toMatch(/^400 "sql" must be/);
    expect(await error({ sql: "SELECT 1", rows: 1 })).toMatch(/^400 unknown field "rows"/);
    expect(await error({ sql: "SELECT 1", maxRows: 10_001 })).toMatch(
      /^400 "maxRows" must be a whole number from 1 to 10000/,
    );
    expect(await error({ sql: "SELECT 1" }, { "content-type": "text/plain" })).toMatch(/^415/);
    expect(await error({ sql: "SELECT 1" }, { origin: "http://evil.example" })).toMatch(
      /^403 requests of other web pages/,
    );
    expect(await error({ sql: "x".repeat(1024 * 1024) })).toMatch(/^413/);
  });

  test("bounds of time, bytes and statements at one time", async () => {
    const { post } = await served();
    const endless = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1";
    const running = post({ sql: endless, timeoutMs: 300 });
    const both = await Promise.all([running, post({ sql: endless, timeoutMs: 300 })]);
    expect(both.map(({ status }) => status).sort()).toEqual([400, 429]);
    expect(both.find(({ status }) => status === 400)?.body.error).toBe(
      "cannot run the statement: it took longer than 0.3 s",
    );
    const wide = await post({ sql: "SELECT repeat('x', 1000000) FROM range(100)" });
    expect(wide.body.truncated).toBe(true);
    expect(wide.body.rows.length).toBeLessThan(20);
    expect((await post({ sql: "SELECT 1" })).status).toBe(200);
  });

  test("off unless asked for, and on this machine only", async () => {
    const ask = (url: string): Promise<JsonAnswer> => getJson(`${url}/api/venturi/sql`, { method: "POST" });
    const { url } = await servedStore();
    expect(await ask(url)).toEqual({
      status: 403,
      body: { error: "SQL over HTTP is off: start with --sql, on 127.0.0.1" },
    });
    const open = await testStore({ sql: true });
    expect((await ask((await open.listen({ port: 0, host: "0.0.0.0" })).url)).status).toBe(403);
    expect((await ask((await open.listen({ port: 0 })).url)).status).toBe(415);
    const get = await getJson(`${(await open.listen({ port: 0 })).url}/api/venturi/sql?sql=SELECT+1`);
    expect(get.status).toBe(405);
  });
});
