import { Worker } from "node:worker_threads";
import type { Batch } from "@venturi/otlp";
import { registerPath } from "../database/open-paths.js";
import type { Store, StoreSettings, StoreStats } from "../server.js";
import type { Call, Listening, Message, Request, WorkerSettings } from "./protocol.js";

/** Copied batches that the worker has not yet accepted; more than this makes `write` wait. */
const maxBytesInFlight = 32 * 1024 * 1024;

/** Decoding makes much that lives briefly: with the usual 16 MiB for it, a fifth of the time went to collecting. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 };

/**
 * Opens a store in a worker thread of its own. What it answers is a thin proxy: batches are copied once, since their
 * slices alias a request that others may still use, and cross without a second copy.
 * @throws {Error} one line: the file is in use by another process, is not a store, or its directory is missing
 */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const { log, ...cloneable } = settings;
  const unregister = registerPath(settings.path);
  try {
    return await WorkerStore.start(cloneable, log ?? ((line) => process.stderr.write(`${line}\n`)), unregister);
  } catch (error) {
    unregister();
    throw error;
  }
}

interface Waiting {
  readonly resolve: (value: Listening | undefined) => void;
  readonly reject: (error: Error) => void;
}

class WorkerStore implements Store {
  readonly #worker: Worker;
  readonly #log: (line: string) => void;
  readonly #unregister: () => void;
  readonly #waiting = new Map<number, Waiting>();
  /** Writers that wait for room, in their order. */
  readonly #queue: (() => void)[] = [];
  #bytesInFlight = 0;
  #nextId = 1;
  #stats: StoreStats = { spans: 0, samples: 0, logRecords: 0, series: 0, dropped: {} };
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(worker: Worker, log: (line: string) => void, unregister: () => void) {
    this.#worker = worker;
    this.#unregister = unregister;
    this.#log = log;
    worker.on("message", (message: Message) => this.#receive(message));
    worker.on("error", (error) => this.#fail(error.message));
    worker.on("exit", () => this.#fail("its thread ended"));
  }

  static start(settings: WorkerSettings, log: (line: string) => void, unregister: () => void): Promise<WorkerStore> {
    // Flags of the main thread (loaders, conditions, --import) are meant for its own program.
    const options = { workerData: settings, name: "store", execArgv: [], resourceLimits };
    const worker = new Worker(new URL("./store-worker.js", import.meta.url), options);
    return new Promise((resolve, reject) => {
      const fail = (message: string): void => {
        reject(new Error(message));
        worker.terminate().catch(() => undefined);
      };
      const onError = (error: Error): void => fail(`cannot open store "${settings.path}": ${error.message}`);
      const onFirst = (message: Message): void => {
        if (message.kind === "log") {
          log(message.line);
          return;
        }
        worker.off("message", onFirst);
        worker.off("error", onError);
        if (message.kind === "opened") resolve(new WorkerStore(worker, log, unregister));
        else fail(message.kind === "failed" ? message.message : "BUG: the store answered before it was opened");
      };
      worker.on("message", onFirst);
      worker.on("error", onError);
    });
  }

  async write(batch: Batch): Promise<void> {
    const { byteLength } = batch;
    this.#checkUsable();
    if (this.#queue.length > 0 || !this.#hasRoom(byteLength)) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
      this.#checkUsable();
    }
    this.#bytesInFlight += byteLength;
    // The one that goes may leave room for the next one in the queue.
    this.#admitNext();
    try {
      await this.#sendBatch(batch);
    } finally {
      this.#bytesInFlight -= byteLength;
      this.#admitNext();
    }
  }

  async flush(): Promise<void> {
    this.#checkUsable();
    await this.#call({ kind: "flush" });
  }

  async listen(options: { host?: string; port: number }): Promise<Listening> {
    this.#checkUsable();
    const listening = await this.#call({ kind: "listen", ...options });
    if (listening === undefined) throw new Error("BUG: the store's worker did not say where it listens");
    return listening;
  }

  /** As of the last answer of the worker. */
  stats(): StoreStats {
    return this.#stats;
  }

  async prune(): Promise<void> {
    this.#checkUsable();
    await this.#call({ kind: "prune" });
  }

  async reloadRules(): Promise<void> {
    this.#checkUsable();
    await this.#call({ kind: "reloadRules" });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#wakeAll();
    try {
      if (this.#failure === undefined) await this.#call({ kind: "close" });
    } finally {
      await this.#worker.terminate();
      this.#unregister();
    }
  }

  #sendBatch(batch: Batch): Promise<Listening | undefined> {
    const { signal, itemCount, byteLength, slices } = batch;
    const buffer = new ArrayBuffer(byteLength);
    const bytes = new Uint8Array(buffer);
    let at = 0;
    for (const slice of slices) {
      bytes.set(slice, at);
      at += slice.length;
    }
    const sliceLengths = slices.map((slice) => slice.length);
    return this.#call({ kind: "write", signal, itemCount, buffer, sliceLengths }, [buffer]);
  }

  #call(call: Call, transfer: ArrayBuffer[] = []): Promise<Listening | undefined> {
    const id = this.#nextId++;
    const request: Request = { ...call, id };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(request, transfer);
    });
  }

  #receive(message: Message): void {
    if (message.kind === "log") this.#log(message.line);
    if (message.kind !== "answer" && message.kind !== "error") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "error") {
      waiting?.reject(new Error(message.message));
      return;
    }
    this.#stats = message.stats;
    waiting?.resolve(message.value);
  }

  /** The thread is gone: everything that waits fails, and so does every later call, with the same one line. */
  #fail(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = new Error(`cannot use the store: it stopped: ${reason}`);
    if (this.#closing === undefined) this.#log(`store: stopped: ${reason}; restart the process`);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#wakeAll();
  }

  #hasRoom(byteLength: number): boolean {
    return this.#bytesInFlight === 0 || this.#bytesInFlight + byteLength <= maxBytesInFlight;
  }

  #admitNext(): void {
    if (this.#bytesInFlight < maxBytesInFlight) this.#queue.shift()?.();
  }

  #wakeAll(): void {
    for (const resume of this.#queue.splice(0)) resume();
  }

  #checkUsable(): void {
    if (this.#closing !== undefined) throw new Error("cannot use the store: it is closed");
    if (this.#failure !== undefined) throw this.#failure;
  }
}
