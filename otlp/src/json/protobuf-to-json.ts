import type { Signal } from "../model/signal.js";

export function protobufToJson(_signal: Signal, _bytes: Uint8Array): object {
  throw new Error("not built yet");
}
