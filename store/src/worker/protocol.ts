import type { Signal } from "@venturi/otlp";
import type { StoreSettings, StoreStats } from "../server.js";

/** What the worker thread is started with: the settings that can be copied between threads. */
export type WorkerSettings = Omit<StoreSettings, "log">;

/** What the main thread asks. A batch crosses as one transferred buffer, its slices back to back. */
export type Call =
  | {
      readonly kind: "write";
      readonly signal: Signal;
      readonly itemCount: number;
      readonly buffer: ArrayBuffer;
      readonly sliceLengths: readonly number[];
    }
  | { readonly kind: "listen"; readonly host?: string; readonly port: number }
  | { readonly kind: "flush" | "prune" | "reloadRules" | "close" };

export type Request = Call & { readonly id: number };

export type Listening = { readonly url: string; readonly port: number };

/** What the worker says: one answer per request, one `opened` or `failed` at the start, log lines at any time. */
export type Message =
  | { readonly kind: "opened" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "log"; readonly line: string }
  | { readonly kind: "answer"; readonly id: number; readonly stats: StoreStats; readonly value?: Listening }
  | { readonly kind: "error"; readonly id: number; readonly message: string };
