import { Cursor } from "@venturi/otlp";
import { describe, expect, test } from "vitest";
import { batchFromJson } from "../../../testing/otlp-json.js";
import { postRemoteWrite } from "../../../testing/remote-write-bytes.js";
import { servedStore } from "../../../testing/test-store.js";
import { escapedName } from "./names.js";
import { negotiate } from "./negotiate.js";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

async function served() {
  const { url, store } = await servedStore({ now: () => nowMs });
  await postRemoteWrite(url, [
    { labels: { __name__: "up", job: 'a"\n', instance: "i" }, samples: [[nowMs - 60_000, 1]] },
    { labels: { __name__: "up", job: "b" }, samples: [[nowMs - 1000, -0]] },
    { labels: { __name__: "up", job: "old" }, samples: [[nowMs - 300_001, 1]] },
    { labels: { __name__: "http.requests", "url.path": "/" }, samples: [[nowMs, 1e21]] },
  ]);
  const federate = (query: string, accept = ""): Promise<Response> =>
    fetch(`${url}/federate?${query}`, { headers: { accept } });
  return { federate, store, url };
}

describe("federate", () => {
  test("newest samples as text, with an instance in any case", async () => {
    const { federate } = await served();
    const answer = await federate("match[]=up");
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    expect(await answer.text()).toBe(
      `# TYPE up untyped
up{instance="i",job="a\\"\\n"} 1 ${nowMs - 60_000}
up{job="b",instance=""} 0 ${nowMs - 1000}
`,
    );
    expect(await (await federate("")).text()).toBe("");
    expect((await federate("match[]=sum(up)")).status).toBe(400);
    expect(await (await federate("match[]=up&x=%zz")).text()).toBe(
      'error parsing form values: invalid URL escape "%zz"\n',
    );
  });

  test("names in UTF-8 are quoted or escaped as the scraper wants", async () => {
    const { federate } = await served();
    const line = async (escaping: string): Promise<string | undefined> => {
      const answer = await federate('match[]={"http.requests"}', `text/plain;version=0.0.4;escaping=${escaping}`);
      return (await answer.text()).split("\n")[1];
    };
    expect(await line("allow-utf-8")).toBe(`{"http.requests","url.path"="/",instance=""} 1e+21 ${nowMs}`);
    expect(await line("underscores")).toBe(`http_requests{url_path="/",instance=""} 1e+21 ${nowMs}`);
    expect(await line("dots")).toBe(`http_dot_requests{url_dot_path="/",instance=""} 1e+21 ${nowMs}`);
    expect(await line("values")).toBe(`U__http_2e_requests{U__url_2e_path="/",instance=""} 1e+21 ${nowMs}`);
  });

  test("native histograms come in protobuf alone", async () => {
    const { federate, store } = await served();
    const point = {
      timeUnixNano: `${nowMs}000000`,
      count: "2",
      sum: 3,
      scale: 0,
      positive: { offset: 0, bucketCounts: ["2"] },
    };
    const metric = { name: "took", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point] } };
    await store.write(batchFromJson("metrics", { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }));
    expect(await (await federate("match[]=took")).text()).toBe("");
    const answer = await federate("match[]=took", protobuf);
    expect(answer.headers.get("content-type")).toContain("encoding=delimited");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(bytes[0]).toBe(bytes.length - 1);
    const family = new Cursor(bytes, 1, bytes.length);
    const fields: [number, unknown][] = [];
    while (family.next()) {
      if (family.field === 1) fields.push([1, family.string()]);
      else if (family.field === 3) fields.push([3, family.uint32()]);
      else {
        fields.push([family.field, "metric"]);
        family.skip();
      }
    }
    expect(fields).toEqual([
      [1, "took"],
      [3, 4],
      [4, "metric"],
    ]);
  });

  test("large answers are compressed on the way", async () => {
    const { url } = await served();
    const series = Array.from({ length: 2000 }, (_, id) => ({
      labels: { __name__: "many", id: String(id) },
      samples: [[nowMs, id] as const],
    }));
    await postRemoteWrite(url, series);
    const answer = await fetch(`${url}/federate?match[]=many`, { headers: { "accept-encoding": "gzip" } });
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    expect((await answer.text()).split("\n")).toHaveLength(2002);
  });
});

test("the format is what the Accept header wants most of what there is", () => {
  const of = (accept: string | undefined): string => {
    const { isProtobuf, escaping } = negotiate(accept);
    return `${isProtobuf ? "protobuf" : "text"} ${escaping}`;
  };
  expect(of(undefined)).toBe("text underscores");
  expect(of("*/*")).toBe("text underscores");
  expect(of(protobuf)).toBe("protobuf underscores");
  expect(of(`${protobuf};q=0.2,text/plain;version=0.0.4;q=0.3`)).toBe("text underscores");
  expect(of("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8")).toBe("text allow-utf-8");
  expect(of("application/vnd.google.protobuf")).toBe("text underscores");
  expect(of("text/plain;escaping=nonsense")).toBe("text underscores");
});

test("escaping leaves old names alone", () => {
  expect(escapedName("a_b:c", "dots")).toBe("a_b:c");
  expect(escapedName("", "values")).toBe("");
  expect(escapedName("1é.x_y", "underscores")).toBe("___x_y");
  expect(escapedName("1é.x_y", "dots")).toBe("_____dot_x__y");
  expect(escapedName("1é.x_y", "values")).toBe("U___31__e9__2e_x__y");
});
