import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { BrowserGuard, type BrowserGuardSettings } from "./browser-guard.js";

function verdict(headers: Record<string, string>, settings: BrowserGuardSettings = {}, method = "GET") {
  return new BrowserGuard(settings).check({ method, headers } as unknown as IncomingMessage);
}

describe("the name under which the server is called", () => {
  test.each([
    "127.0.0.1:4319",
    "[::1]:4319",
    "localhost",
    "LOCALHOST:80",
    "app.localhost",
    "store",
    "store.default.svc.cluster.local",
    "host.docker.internal:9090",
    hostname(),
  ])("%s is ours", (host) => expect(verdict({ host }).kind).toBe("allowed"));

  test.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:4319", "1.2.3.4.5"])(
    "%s is a page's that makes its name point here",
    (host) => expect(verdict({ host })).toMatchObject({ kind: "refused", reason: expect.stringContaining(host) }),
  );

  test("one may be allowed", () => {
    expect(verdict({ host: "Obs.Example.com:443" }, { allowedHosts: ["obs.example.com"] }).kind).toBe("allowed");
    expect(verdict({}).kind).toBe("allowed");
  });
});

describe("requests of pages", () => {
  const host = "localhost:4319";
  const grafana = "https://grafana.example.com";

  test("our own may do everything, others nothing", () => {
    expect(verdict({ host, origin: "http://localhost:4319" }).kind).toBe("allowed");
    expect(verdict({ host, origin: "https://evil.example" }, {}, "POST").kind).toBe("refused");
    expect(verdict({ host, origin: "http://localhost:9999" }).kind).toBe("refused");
    expect(verdict({ host, origin: "null" }).kind).toBe("refused");
  });

  test("pictures and scripts of others are refused, links are not", () => {
    expect(verdict({ host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }).kind).toBe("refused");
    expect(verdict({ host, "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }).kind).toBe("refused");
    expect(verdict({ host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }).kind).toBe("allowed");
    expect(verdict({ host, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }).kind).toBe("allowed");
  });

  test("an origin that is named may read answers, and ask before it sends", () => {
    const settings = { corsOrigins: [grafana] };
    expect(verdict({ host, origin: grafana }, settings)).toEqual({
      kind: "allowed",
      headers: {
        "access-control-allow-origin": grafana,
        "access-control-expose-headers": "Date",
        "cross-origin-resource-policy": "cross-origin",
      },
    });
    const ask = { host, origin: grafana, "access-control-request-method": "POST" };
    const answer = verdict(ask, settings, "OPTIONS");
    expect(answer.kind).toBe("preflight");
    expect(answer).toHaveProperty("headers.access-control-allow-methods", "GET, POST, OPTIONS");
    expect(verdict({ ...ask, origin: `${grafana}.evil.example` }, settings, "OPTIONS").kind).toBe("refused");
    expect(verdict({ ...ask, host: "evil.example" }, settings, "OPTIONS").kind).toBe("refused");
  });
});
