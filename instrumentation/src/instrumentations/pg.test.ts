import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { App } from "../testing/app.js";
import { OtlpSink } from "../testing/otlp-sink.js";
import { TestPostgres } from "../testing/postgres.js";
import { poolName } from "./pg-pool.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let postgres: TestPostgres;
let sink: OtlpSink;
let app: App;
let url: string;

beforeAll(async () => {
  postgres = await TestPostgres.start();
});

afterAll(() => postgres.stop());

describe.each(["pg-app.mjs", "pg-app.cjs"])("%s", (file) => {
  beforeEach(async () => {
    sink = await OtlpSink.listen();
    app = new App(file, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, DATABASE_URL: postgres.url } });
    url = await app.url();
  });

  afterEach(async () => {
    await app.stop();
    await sink.close();
  });

  test("queries are children of the request, with text but without literals", async () => {
    expect(await (await fetch(`${url}/orders/5`)).json()).toEqual({ id: 5, note: "kept" });
    expect(await (await fetch(`${url}/literal`)).json()).toEqual({ note: "top secret" });
    expect((await fetch(`${url}/invalid`)).status).toBe(500);

    const query = await sink.until(({ spans }) =>
      spans.find((span) => span.attributes["db.query.text"] === "SELECT $1::int AS id, 'kept' AS note"),
    );
    const server = await sink.until(({ spans }) => spans.find((span) => span.name === "GET /orders/:id"));
    expect(query.traceId).toBe(server.traceId);
    expect(query.parentSpanId).toBe(server.spanId);
    expect(query.kind).toBe("client");
    expect(query.attributes).toMatchObject({ "db.system.name": "postgresql", "server.address": "127.0.0.1" });
    const wait = sink.spans.find((span) => span.name === "pg-pool.connect" && span.parentSpanId === server.spanId);
    expect(wait?.attributes["server.port"]).toBe(Number(new URL(postgres.url).port));

    const masked = await sink.until(({ spans }) =>
      spans.find((span) => span.attributes["db.query.text"] === "SELECT ? AS note WHERE ? = ?"),
    );
    expect(masked.statusCode).toBe(0);
    const failed = await sink.until(({ spans }) =>
      spans.find((span) => span.attributes["db.query.text"] === "SELECT ?::uuid" && span.statusCode === 2),
    );
    expect(failed.statusMessage).toBe('invalid input syntax for type uuid: "?"');
    expect(JSON.stringify(sink.spans)).not.toMatch(/secret|password/);
  });

  test("a query outside a request has a duration, and no span", async () => {
    await fetch(`${url}/literal`);
    await sink.until(({ spans }) => spans.find((span) => span.name === "GET /literal"));
    const point = await sink.until((s) => {
      const found = s.pointsOf("db.client.operation.duration")[0];
      return found?.value === 2 ? found : undefined;
    });
    expect(point).toMatchObject({ unit: "s", bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] });
    expect(point.attributes).toMatchObject({ "db.system.name": "postgresql", "db.operation.name": "SELECT" });
    expect(sink.spans.filter((span) => span.parentSpanId === "").map((span) => span.kind)).toEqual(["server"]);
  });

  test("the pool's connections, its queue and the waits", async () => {
    const name = poolName({ connectionString: postgres.url });
    const answers = Promise.all(Array.from({ length: 3 }, () => fetch(`${url}/slow`)));
    const pending = await sink.until((s) =>
      s.pointsOf("db.client.connection.pending_requests").find((point) => point.value > 0),
    );
    expect(pending.attributes).toEqual({ "db.client.connection.pool.name": name });
    expect(name).not.toContain("s3cret");
    const used = sink
      .pointsOf("db.client.connection.count")
      .find((p) => p.attributes["db.client.connection.state"] === "used");
    expect(used?.value).toBe(1);
    await answers;
    const idle = await sink.until((s) =>
      s
        .pointsOf("db.client.connection.count")
        .find((point) => point.attributes["db.client.connection.state"] === "idle" && point.value === 1),
    );
    expect(idle.service).toBe("@venturi/instrumentation");
    expect(sink.pointsOf("db.client.connection.max").map((point) => point.value)).toEqual([1]);
    await sink.until((s) => s.pointsOf("db.client.connection.wait_time").find((point) => point.value === 4));
  });
});
