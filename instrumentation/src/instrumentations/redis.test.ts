import { afterEach, expect, test, vi } from "vitest";
import { App } from "../testing/app.js";
import { OtlpSink } from "../testing/otlp-sink.js";
import { startRespServer } from "../testing/resp-server.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

test.each(["redis-app.mjs", "redis-app.cjs"])(
  "%s: commands are children of the request, without values",
  async (file) => {
    const sink = await OtlpSink.listen();
    const redis = await startRespServer();
    const app = new App(file, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, REDIS_URL: redis.url } });
    cleanups.push(
      () => app.stop(),
      () => sink.close(),
      () => redis.stop(),
    );
    expect(await (await fetch(await app.url())).text()).toBe("s3cret value");

    const get = await sink.until(({ spans }) => spans.find((span) => span.name === "redis-GET"));
    const set = await sink.until(({ spans }) => spans.find((span) => span.name === "redis-SET"));
    const server = await sink.until(({ spans }) => spans.find((span) => span.kind === "server"));
    expect([get.parentSpanId, set.parentSpanId]).toEqual([server.spanId, server.spanId]);
    expect(get.attributes).toMatchObject({ "db.system.name": "redis", "db.query.text": "GET session" });
    expect(JSON.stringify(sink.spans)).not.toContain("s3cret");
    expect(sink.spans.filter((span) => span.parentSpanId === "").map((span) => span.kind)).toEqual(["server"]);
  },
);
