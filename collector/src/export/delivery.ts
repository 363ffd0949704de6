import type { Batch } from "@venturi/otlp";
import type { Refusal } from "../component.js";
import { LogThrottle } from "../telemetry/log-throttle.js";
import type { Logger } from "../telemetry/logger.js";
import { Backoff } from "./backoff.js";
import { ExportError } from "./export-error.js";
import type { RetryConfig } from "./queue-config.js";

/** Delivers one batch. Resolves with the items that the destination rejected (partial success); throws `ExportError`. */
export type Push = (batch: Batch, abort: AbortSignal) => Promise<PushResult>;

export interface PushResult {
  /** Items that the destination took the request without; it will not take them later either. */
  readonly rejected: number;
  readonly message?: string;
}

export const DELIVERED: PushResult = { rejected: 0 };

/** What became of a batch. */
export type Fate =
  | { readonly kind: "sent"; readonly rejected: number; readonly message: string | undefined }
  | { readonly kind: "failed"; readonly reason: string; readonly refusal: Refusal }
  /** Neither delivered nor refused: the attempts were ended from outside. */
  | { readonly kind: "unfinished" };

export interface DeliverySettings {
  readonly push: Push;
  readonly retry: RetryConfig;
  /** Of one attempt; 0: none. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** Attempts with waits between them, for one destination. */
export class Delivery {
  private readonly settings: DeliverySettings;
  private readonly abortion = new AbortController();
  private readonly retryLog = new LogThrottle();
  /** Wakes everybody who sleeps before a retry. */
  private readonly sleepers = new Set<() => void>();
  private mode: "patient" | "hurried" | "ending" = "patient";

  constructor(settings: DeliverySettings) {
    this.settings = settings;
  }

  /** Waits end now, and later ones are short: what is left of a drain's time is spent on attempts. */
  hurry(): void {
    if (this.mode === "patient") this.mode = "hurried";
    this.wakeAll();
  }

  /** Attempts that run may finish; no other begins. */
  finish(): void {
    this.mode = "ending";
    this.wakeAll();
  }

  /** Ends attempts that run. */
  abort(): void {
    this.finish();
    this.abortion.abort();
  }

  /** Attempts until delivered, refused for good or out of time. Never rejects. */
  async deliver(batch: Batch): Promise<Fate> {
    const { retry } = this.settings;
    const backoff = new Backoff(retry, performance.now());
    for (;;) {
      const result = await this.attempt(batch);
      if (!(result instanceof ExportError)) {
        return { kind: "sent", rejected: plausible(result.rejected, batch.itemCount), message: result.message };
      }
      if (!result.retryable) return failed("permanent_error", result);
      if (this.mode === "ending") return { kind: "unfinished" };
      if (!retry.enabled) return failed("export_failed", result);
      const waitMs = backoff.nextMs(performance.now(), result.retryAfterMs);
      if (waitMs === undefined) return failed("retries_exhausted", result);
      this.retryLog.run((suppressed) =>
        this.settings.log.info("Exporting failed. Will retry the request after interval.", {
          error: result.message,
          interval: `${(waitMs / 1000).toFixed(3)}s`,
          suppressed,
        }),
      );
      await this.sleep(waitMs);
      if (this.isEnding()) return { kind: "unfinished" };
    }
  }

  /** A method, because the compiler does not see that a wait may change it. */
  private isEnding(): boolean {
    return this.mode === "ending";
  }

  private async attempt(batch: Batch): Promise<PushResult | ExportError> {
    const { push, timeoutMs } = this.settings;
    const controller = new AbortController();
    const abort = (): void => controller.abort(new Error("shutting down"));
    if (this.abortion.signal.aborted) abort();
    this.abortion.signal.addEventListener("abort", abort, { once: true });
    const timer =
      timeoutMs > 0
        ? setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
        : undefined;
    try {
      return await push(batch, controller.signal);
    } catch (error) {
      if (error instanceof ExportError) return error;
      // A push that throws anything else has a bug; retrying would repeat it.
      return new ExportError(`BUG: ${String((error as Error)?.stack ?? error)}`, { retryable: false, cause: error });
    } finally {
      clearTimeout(timer);
      this.abortion.signal.removeEventListener("abort", abort);
    }
  }

  private sleep(waitMs: number): Promise<void> {
    // During a drain a backoff still applies, or a dead destination would be hammered until the deadline.
    const ms = this.mode === "patient" ? waitMs : Math.min(waitMs, DRAIN_RETRY_MS);
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.sleepers]) wake();
  }
}

const DRAIN_RETRY_MS = 250;

/** A destination may say anything; the books take whole items of this batch. */
function plausible(rejected: number, items: number): number {
  return rejected >= 1 ? Math.min(Math.trunc(rejected), items) : 0;
}

function failed(reason: string, { message, retryable, retryAfterMs }: ExportError): Fate {
  const refusal: Refusal = {
    reason: "export_failed",
    message,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return { kind: "failed", reason, refusal };
}
