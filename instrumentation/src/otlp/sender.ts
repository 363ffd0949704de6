import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { loadApi, loadCore } from "../otel.js";

const gzipAsync = promisify(gzip);

export interface SenderSettings {
  readonly url: string;
  readonly headers: () => Promise<Record<string, string>>;
  readonly gzip: boolean;
  /** For one request with all its retries. */
  readonly timeoutMs: number;
  readonly agent: () => Promise<Agent>;
  /** Called when telemetry is lost; `itemCount` spans or data points. */
  readonly onLoss: (reason: string, itemCount: number) => void;
  /** Called with a non-empty answer of a collector that accepted the request. */
  readonly onAnswer: (body: Uint8Array) => void;
}

interface Item {
  readonly body: Uint8Array;
  readonly itemCount: number;
}

type Outcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "retry"; readonly reason: string; readonly afterMs?: number };

const queuedBytesMax = 8 * 1024 * 1024;
const answerBytesMax = 64 * 1024;
const connectTimeoutMs = 2_000;
const firstRetryMs = 1_000;
const lastRetryMs = 5_000;
const retryableStatuses: readonly number[] = [429, 502, 503, 504];

/**
 * Sends OTLP bodies one after the other, with retries, from a queue bounded in bytes.
 *
 * Why not the exporter's own transport: its timers and sockets keep a finished app alive for ten seconds when the
 * collector is away. Here no handle is referenced, so the app's event loop ends when the app is done; whoever wants
 * delivery before the exit holds a timer of his own and awaits {@link drain}.
 */
export class OtlpSender {
  readonly #settings: SenderSettings;
  readonly #queue: Item[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #draining = false;
  #wake: (() => void) | undefined;

  constructor(settings: SenderSettings) {
    this.#settings = settings;
  }

  /** False when the queue is full: the item was not taken. */
  enqueue(body: Uint8Array, itemCount: number): boolean {
    if (this.#queuedBytes + body.byteLength > queuedBytesMax) return false;
    this.#queue.push({ body, itemCount });
    this.#queuedBytes += body.byteLength;
    const { context, ROOT_CONTEXT } = loadApi();
    // Our own requests must be neither traced nor measured.
    this.#running ??= context.with(loadCore().suppressTracing(ROOT_CONTEXT), () => this.#run());
    return true;
  }

  /** Resolves when everything queued was sent or given up. Meanwhile nothing is retried: the process wants to end. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#wake?.();
    try {
      while (this.#running !== undefined) await this.#running;
    } finally {
      this.#draining = false;
    }
  }

  async #run(): Promise<void> {
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      await this.#deliver(item);
      this.#queue.shift();
      this.#queuedBytes -= item.body.byteLength;
    }
    this.#running = undefined;
  }

  async #deliver(item: Item): Promise<void> {
    const deadlineMs = Date.now() + this.#settings.timeoutMs;
    for (let backoffMs = firstRetryMs; ; backoffMs = Math.min(backoffMs * 1.5, lastRetryMs)) {
      const outcome = await this.#post(item.body, deadlineMs - Date.now());
      if (outcome.kind === "accepted") return;
      const waitMs = outcome.kind === "retry" ? (outcome.afterMs ?? backoffMs * (0.8 + Math.random() * 0.4)) : 0;
      if (outcome.kind === "refused" || this.#draining || Date.now() + waitMs >= deadlineMs) {
        this.#settings.onLoss(outcome.reason, item.itemCount);
        return;
      }
      await this.#pause(waitMs);
    }
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #post(body: Uint8Array, timeoutMs: number): Promise<Outcome> {
    try {
      const payload = this.#settings.gzip ? await gzipAsync(body) : body;
      const headers: Record<string, string | number> = {
        ...(await this.#settings.headers()),
        ...(this.#settings.gzip ? { "Content-Encoding": "gzip" } : {}),
        "Content-Length": payload.byteLength,
      };
      const agent = await this.#settings.agent();
      const send = this.#settings.url.startsWith("https:") ? httpsRequest : httpRequest;
      const request = send(this.#settings.url, { method: "POST", headers, agent });
      const answer = answerTo(request, timeoutMs);
      request.end(payload);
      const response = await answer;
      const answerBody = await readBounded(response);
      return this.#judge(response, answerBody);
    } catch (cause) {
      return { kind: "retry", reason: describe(cause) };
    }
  }

  #judge(response: IncomingMessage, body: Uint8Array): Outcome {
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) {
      if (body.byteLength > 0) this.#settings.onAnswer(body);
      return { kind: "accepted" };
    }
    const reason = `HTTP ${status}${response.statusMessage ? ` ${response.statusMessage}` : ""}`;
    if (!retryableStatuses.includes(status)) return { kind: "refused", reason };
    const afterS = Number(response.headers["retry-after"] ?? Number.NaN);
    return afterS > 0 ? { kind: "retry", reason, afterMs: afterS * 1_000 } : { kind: "retry", reason };
  }
}

function answerTo(request: ClientRequest, timeoutMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timers: NodeJS.Timeout[] = [];
    const destroyAfter = (ms: number, what: string): void => {
      timers.push(setTimeout(() => request.destroy(new Error(`${what} within ${Math.round(ms)} ms`)), ms).unref());
    };
    destroyAfter(Math.max(timeoutMs, 1), "no answer");
    request.on("socket", (socket: Socket) => {
      socket.unref();
      if (socket.connecting) {
        // A pending connect holds the event loop whatever unref says, so it gets a short time of its own.
        destroyAfter(connectTimeoutMs, "no connection");
        socket.once("connect", () => clearTimeout(timers[1]));
      }
    });
    request.on("response", resolve);
    request.on("error", reject);
    request.on("close", () => {
      for (const timer of timers) clearTimeout(timer);
    });
  });
}

async function readBounded(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    byteLength += chunk.byteLength;
    if (byteLength > answerBytesMax) throw new Error(`an answer of more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An AggregateError (all addresses of a name refused) has no message of its own. */
function describe(cause: unknown): string {
  const error = cause as NodeJS.ErrnoException & { errors?: unknown[] };
  return error.message || error.code || (error.errors?.[0] === undefined ? String(cause) : describe(error.errors[0]));
}
