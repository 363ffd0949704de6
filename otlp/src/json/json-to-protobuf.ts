import type { Signal } from "../model/signal.js";

export function jsonToProtobuf(_signal: Signal, _json: Uint8Array): Uint8Array {
  throw new Error("not built yet");
}
