import { beforeAll, describe, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { answerDifference } from "./support/prometheus-api/compare.js";
import { corpusUntil } from "./support/prometheus-api/corpus.js";
import { type ApiRequest, exchange, titleOf } from "./support/prometheus-api/exchange.js";
import { onPurpose } from "./support/prometheus-api/on-purpose.js";
import { federateRequests } from "./support/prometheus-api/requests-federate.js";
import { otlpRequests } from "./support/prometheus-api/requests-otlp.js";
import { queryRequests } from "./support/prometheus-api/requests-query.js";
import { seriesRequests } from "./support/prometheus-api/requests-series.js";
import { serverRequests } from "./support/prometheus-api/requests-server.js";
import { writeRequests } from "./support/prometheus-api/requests-write.js";
import { type Servers, startServers, writeCorpus } from "./support/prometheus-api/servers.js";

const { defer, temporaryFolder } = cleanup();
const corpus = corpusUntil(Date.now());
const endSeconds = corpus.endMs / 1000;
let servers: Servers;
const used = new Set<string>();

beforeAll(async () => {
  servers = await startServers(await temporaryFolder(), defer);
  await writeCorpus(servers, corpus);
});

/** One request after the other, since some change what the next ones find. */
async function differences(requests: readonly ApiRequest[]): Promise<string[]> {
  const found: string[] = [];
  for (const request of requests) {
    const [ours, theirs] = [await exchange(servers.ours, request), await exchange(servers.theirs, request)];
    const title = titleOf(request);
    const allowed = onPurpose.find((one) => one.title.test(title));
    const difference = answerDifference(ours, theirs, allowed);
    if (difference !== undefined) found.push(`${title}\n  ${difference}`);
    else if (allowed !== undefined && answerDifference(ours, theirs) !== undefined) used.add(allowed.reason);
  }
  return found;
}

describe("the store answers as Prometheus does", () => {
  test("queries", async () => expect(await differences(queryRequests(endSeconds))).toEqual([]));
  test("series, labels, exemplars, metadata, parsed queries", async () => {
    expect(await differences(seriesRequests(endSeconds))).toEqual([]);
  });
  test("the server itself, methods, encodings, paths", async () => {
    expect(await differences(serverRequests())).toEqual([]);
  });
  test("federation", async () => expect(await differences(federateRequests())).toEqual([]));
  test("remote write 1.0 and 2.0", async () => expect(await differences(writeRequests(corpus.endMs))).toEqual([]));
  test("OTLP", async () => expect(await differences(otlpRequests(corpus.endMs))).toEqual([]));

  test("every difference that is meant is still one", () => {
    const meant = onPurpose.filter(({ isUnordered, reason }) => isUnordered !== true && !used.has(reason));
    expect(meant.map(({ reason }) => reason)).toEqual([]);
  });
});
