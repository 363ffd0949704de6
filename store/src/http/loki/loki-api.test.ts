import { describe, expect, test } from "vitest";
import { attributes, batchFromJson } from "../../testing/otlp-json.js";
import { getJson, type JsonAnswer, servedStore } from "../../testing/test-store.js";

const nowMs = Date.parse("2026-11-25T10:00:00Z");
const traceId = "0af7651916cd43dd8448eb211c80319c";
const ns = (secondsAgo: number): string => String(BigInt(nowMs - secondsAgo * 1000) * 1_000_000n);

/** Five lines: three of gateway (one with a trace), two of orders. */
async function someLogs() {
  const served = await servedStore({ now: () => nowMs });
  const record = (secondsAgo: number, body: string, more: object = {}): object => {
    return { timeUnixNano: ns(secondsAgo), severityNumber: 9, body: { stringValue: body }, ...more };
  };
  const resource = (service: string, logRecords: object[]): object => ({
    resource: {
      attributes: attributes({ "service.name": service, "k8s.pod.name": `${service}-0`, "host.name": "box" }),
    },
    scopeLogs: [{ scope: { name: "pino" }, logRecords }],
  });
  const resourceLogs = [
    resource("gateway", [
      record(50, "GET /orders 200", { attributes: attributes({ "http.status": 200, user: "ann" }) }),
      record(40, "GET /orders 500 it's broken", {
        severityNumber: 17,
        severityText: "ERROR",
        traceId,
        spanId: "b7ad6b7169203331",
        attributes: attributes({ "http.status": 500 }),
      }),
      record(30, `retry of ${traceId}`, { severityNumber: 0, severityText: "WARNING" }),
    ]),
    resource("orders", [record(20, "charged", { body: { kvlistValue: { values: [] } } }), record(10, "Charged again")]),
  ];
  await served.store.write(batchFromJson("logs", { resourceLogs }));
  const ask = (path: string, parameters: Record<string, string>, headers = {}): Promise<JsonAnswer> => {
    return getJson(`${served.url}/loki/api/v1/${path}?${new URLSearchParams(parameters)}`, { headers });
  };
  const lines = async (query: string, more: Record<string, string> = {}): Promise<string[]> => {
    const { status, body } = await ask(
      "query_range",
      { query, ...more },
      { "x-loki-response-encoding-flags": "categorize-labels" },
    );
    expect(status, JSON.stringify(body)).toBe(200);
    const values = body.data.result.flatMap((stream: { values: [string, string][] }) => stream.values);
    return values.map((value: [string, string]) => value[1]);
  };
  return { ...served, ask, lines };
}

describe("Loki's API", () => {
  test("lines by selector, text, label and time", async () => {
    const { lines } = await someLogs();
    const gateway = '{service_name="gateway"}';
    expect(await lines(gateway)).toEqual([`retry of ${traceId}`, "GET /orders 500 it's broken", "GET /orders 200"]);
    expect(await lines(gateway, { direction: "forward", limit: "1" })).toEqual(["GET /orders 200"]);
    expect(await lines('{service_name=~"g.+|orders", k8s_pod_name!="orders-0"}')).toHaveLength(3);
    expect(await lines('{service_name="nobody"}')).toEqual([]);
    expect(await lines(`${gateway} |= "it's"`)).toEqual(["GET /orders 500 it's broken"]);
    expect(await lines(`${gateway} |= "200" or "500" != "broken"`)).toEqual(["GET /orders 200"]);
    expect(await lines('{service_name="orders"} |~ "(?i)CHARGED"')).toEqual(["Charged again"]);
    expect(await lines(`${gateway} !~ "GET.*\\\\d{3}"`)).toEqual([`retry of ${traceId}`]);
    expect(await lines(gateway, { start: ns(45), end: ns(30) })).toEqual(["GET /orders 500 it's broken"]);
    expect(await lines(gateway, { start: ns(30), end: "2026-11-25T10:00:00Z" })).toEqual([`retry of ${traceId}`]);
    for (const filter of [
      `trace_id="${traceId}"`,
      "http_status >= 500",
      "http_status != 200 and http_status == 500",
      'detected_level="error"',
      'severity_text=~"ERR.*"',
      "severity_number>16",
      'span_id!=""',
      'http_status="500", host_name="box"',
      'scope_name="pino" and user="" and (detected_level="error" or user="x")',
    ]) {
      expect(await lines(`${gateway} | ${filter}`), filter).toEqual(["GET /orders 500 it's broken"]);
    }
    expect(await lines(`${gateway} | user="ann"`)).toEqual(["GET /orders 200"]);
    expect(await lines(`${gateway} | detected_level="warn"`)).toEqual([`retry of ${traceId}`]);
    expect(await lines('{service_name=~".+"} | x="\' OR 1=1 --"')).toEqual([]);
  });

  test("Grafana's way from a trace to its logs", async () => {
    const { lines } = await someLogs();
    const label = `label_format log_line_contains_trace_id=\`{{ contains "${traceId}" __line__  }}\``;
    const query = `{service_name="gateway"} | ${label} | log_line_contains_trace_id="true" OR trace_id="${traceId}"`;
    expect(await lines(query)).toEqual([`retry of ${traceId}`, "GET /orders 500 it's broken"]);
  });

  test("streams with metadata beside the lines or among the labels", async () => {
    const { ask } = await someLogs();
    const query = '{service_name="gateway"} | detected_level="error"';
    const metadata = {
      detected_level: "error",
      host_name: "box",
      http_status: "500",
      scope_name: "pino",
      severity_number: "17",
      severity_text: "ERROR",
      span_id: "b7ad6b7169203331",
      trace_id: traceId,
    };
    const stream = { service_name: "gateway", k8s_pod_name: "gateway-0" };
    const line = "GET /orders 500 it's broken";
    const apart = await ask("query_range", { query }, { "x-loki-response-encoding-flags": "categorize-labels" });
    expect(apart.body.data).toMatchObject({
      resultType: "streams",
      encodingFlags: ["categorize-labels"],
      result: [{ stream, values: [[ns(40), line, { structuredMetadata: metadata }]] }],
    });
    const together = await ask("query_range", { query });
    expect(together.body.data.result).toEqual([{ stream: { ...stream, ...metadata }, values: [[ns(40), line]] }]);
  });

  test("counts and rates over time", async () => {
    const { ask } = await someLogs();
    const range = { start: ns(60), end: ns(0), step: "30" };
    const volume = await ask("query_range", {
      query: 'sum by (level, detected_level) (count_over_time({service_name="gateway"} | drop __error__[30s]))',
      ...range,
    });
    const at = (secondsAgo: number): number => nowMs / 1000 - secondsAgo;
    expect(volume.body.data.resultType).toBe("matrix");
    expect(volume.body.data.result).toEqual([
      { metric: { detected_level: "error" }, values: [[at(30), "1"]] },
      { metric: { detected_level: "info" }, values: [[at(30), "1"]] },
      { metric: { detected_level: "warn" }, values: [[at(30), "1"]] },
    ]);
    // Windows that overlap, and an end that lies on a line: a window takes its end, not its start.
    const rate = await ask("query_range", { query: 'sum(rate({service_name=~".+"}[40s]))', ...range });
    expect(rate.body.data.result).toEqual([
      {
        metric: {},
        values: [
          [at(30), "0.075"],
          [at(0), "0.075"],
        ],
      },
    ]);
    const instant = await ask("query", {
      query: 'sum by (service_name) (count_over_time({service_name=~".+"}[25s]))',
      time: String(at(20)),
    });
    expect(instant.body.data.result).toEqual([
      { metric: { service_name: "gateway" }, value: [at(20), "2"] },
      { metric: { service_name: "orders" }, value: [at(20), "1"] },
    ]);
    const bytes = await ask("query", {
      query: 'sum(bytes_over_time({service_name="orders"} |= "again" [1m]))',
      time: String(at(0)),
    });
    expect(bytes.body.data.result[0].value[1]).toBe("13");
    const each = await ask("query", { query: 'count_over_time({service_name="orders"}[1m])', time: String(at(0)) });
    expect(each.body.data.result[0]).toMatchObject({
      metric: { service_name: "orders", scope_name: "pino" },
      value: [at(0), "2"],
    });
    const without = await ask("query", {
      query: 'sum without (detected_level, severity_number) (count_over_time({service_name="orders"}[1m]))',
    });
    expect(without.body.data.result[0].metric).not.toHaveProperty("detected_level");
    expect((await ask("query", { query: "vector(1)+vector(1)" })).body.data.result).toEqual([
      { metric: {}, value: [at(0), "2"] },
    ]);
  });

  test("labels, values, series and statistics", async () => {
    const { ask, url } = await someLogs();
    expect((await ask("labels", {})).body).toEqual({ status: "success", data: ["k8s_pod_name", "service_name"] });
    expect((await ask("label/service_name/values", {})).body.data).toEqual(["gateway", "orders"]);
    expect((await ask("label/service_name/values", { query: '{k8s_pod_name=~"o.*"}' })).body.data).toEqual(["orders"]);
    expect((await ask("label/service_name/values", { start: ns(1), end: ns(0) })).body.data).toEqual([]);
    expect((await ask("series", { "match[]": '{service_name="orders"}' })).body.data).toEqual([
      { service_name: "orders", k8s_pod_name: "orders-0" },
    ]);
    expect((await ask("index/stats", { query: '{service_name="gateway"}' })).body).toMatchObject({
      streams: 1,
      entries: 3,
    });
    const form = new URLSearchParams({ query: '{service_name="orders"}' });
    expect(
      (await getJson(`${url}/loki/api/v1/query_range`, { method: "POST", body: form })).body.data.result,
    ).toHaveLength(1);
  });

  test("errors are one line", async () => {
    const { ask } = await someLogs();
    const error = async (path: string, parameters: Record<string, string>): Promise<string> => {
      const { status, body } = await ask(path, parameters);
      return `${status} ${body}`;
    };
    const query = '{service_name="gateway"}';
    expect(await error("query_range", { query: "{" })).toMatch(/^400 parse error at line 1, col 2: .*\n$/);
    expect(await error("query_range", { query: `${query} | json` })).toMatch(
      /^400 parse error .* "json" is not supported/,
    );
    expect(await error("query", { query })).toMatch(/^400 log queries are not supported as an instant query type/);
    expect(await error("query_range", { query, limit: "5001" })).toMatch(/^400 max entries limit per query exceeded/);
    expect(await error("query_range", { query, limit: "x" })).toMatch(/^400 limit must be/);
    expect(await error("query_range", { query, start: "x" })).toMatch(/^400 could not parse 'start'/);
    expect(await error("query_range", { query, start: ns(0), end: ns(1) })).toMatch(
      /^400 end timestamp must not be before/,
    );
    expect(await error("query_range", { query, direction: "up" })).toBe("400 invalid direction 'up'\n");
    const metric = `count_over_time(${query}[1m])`;
    expect(await error("query_range", { query: metric, step: "1ms" })).toMatch(/^400 exceeded maximum resolution/);
    expect(await error("query_range", { query: metric, step: "0" })).toMatch(
      /^400 cannot parse "0" to a valid duration/,
    );
    expect(await error("tail", { query })).toMatch(/^404/);
  });
});
