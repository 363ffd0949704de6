/**
 * The entry of the store's worker thread: the whole store runs here (decoding, DuckDB, PromQL and the HTTP servers), so
 * that neither a query nor a commit delays the collector on the main thread.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Batch } from "@venturi/otlp";
import { openStoreInProcess, type Store } from "../server.js";
import type { Call, Listening, Message, Request, WorkerSettings } from "./protocol.js";

const port = parentPort;
if (port === null) throw new Error("BUG: the store's worker was started as a program");
const post = (message: Message): void => port.postMessage(message);

try {
  const log = (line: string): void => post({ kind: "log", line });
  const store = await openStoreInProcess({ ...(workerData as WorkerSettings), log });
  let turn: Promise<unknown> = Promise.resolve();
  port.on("message", (request: Request) => {
    // Batches are accepted in the order in which they came, since the order of samples decides which are refused.
    const previous = turn;
    const running = previous.then(() => answer(store, request));
    if (request.kind === "write") turn = running.catch(() => undefined);
    running.then(
      (value) =>
        post({ kind: "answer", id: request.id, stats: store.stats(), ...(value === undefined ? {} : { value }) }),
      (error: unknown) => post({ kind: "error", id: request.id, message: messageOf(error) }),
    );
  });
  post({ kind: "opened" });
} catch (error) {
  post({ kind: "failed", message: messageOf(error) });
}

async function answer(store: Store, call: Call): Promise<Listening | undefined> {
  switch (call.kind) {
    case "write":
      await store.write(batchOf(call));
      return undefined;
    case "listen":
      return store.listen({ port: call.port, ...(call.host === undefined ? {} : { host: call.host }) });
    case "flush":
      await store.flush();
      return undefined;
    case "prune":
      await store.prune();
      return undefined;
    case "reloadRules":
      await store.reloadRules();
      return undefined;
    case "close":
      await store.close();
      return undefined;
  }
}

function batchOf(call: Extract<Call, { kind: "write" }>): Batch {
  const { signal, itemCount, buffer, sliceLengths } = call;
  let at = 0;
  const slices = sliceLengths.map((length) => {
    const slice = new Uint8Array(buffer, at, length);
    at += length;
    return slice;
  });
  return { signal, itemCount, slices, byteLength: buffer.byteLength };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
