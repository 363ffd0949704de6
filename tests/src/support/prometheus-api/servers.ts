import { join } from "node:path";
import { root } from "../venturi.js";
import { startWriteTarget } from "../written-series.js";
import type { Corpus } from "./corpus.js";
import { type ApiRequest, exchange } from "./exchange.js";

const { openStore } = (await import(
  join(root, "store/dist/index.js")
)) as typeof import("../../../../store/dist/index.js");

/** A real Prometheus and the embedded store, with the same data. */
export interface Servers {
  readonly ours: string;
  readonly theirs: string;
}

/** Starts both, empty. */
export async function startServers(folder: string, defer: (undo: () => unknown) => void): Promise<Servers> {
  const prometheus = await startWriteTarget(folder, "real", "", ["--web.enable-otlp-receiver"]);
  defer(() => prometheus.child.stop());
  const store = await openStore({ path: ":memory:" });
  defer(() => store.close());
  const { url } = await store.listen({ port: 0 });
  return { ours: url, theirs: prometheus.url };
}

/** Sends the corpus to both. @throws {Error} when one of them refuses any of it */
export async function writeCorpus({ ours, theirs }: Servers, corpus: Corpus): Promise<void> {
  for (const request of corpus.requests) {
    for (const url of [ours, theirs]) await accepted(url, request);
  }
}

async function accepted(url: string, request: ApiRequest): Promise<void> {
  const { status, body } = await exchange(url, request);
  if (status !== 204) throw new Error(`cannot write the corpus to ${url}: ${status} ${body.toString()}`);
}
