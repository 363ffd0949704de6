import grpc, { type MethodDefinition, type ServiceDefinition } from "@grpc/grpc-js";
import type { Signal } from "@venturi/otlp";
import { exportPath } from "./grpc-path.js";

// What goes wrong comes back as an error and is said once, by us; grpc-js would print it a second time.
if (process.env.GRPC_VERBOSITY === undefined) grpc.setLogVerbosity(grpc.logVerbosity.NONE);

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** OTLP's Export service with bytes in place of messages: gRPC frames and inflates, nothing decodes. */
export function exportService(signal: Signal): ServiceDefinition {
  const method: MethodDefinition<Uint8Array, Uint8Array> = {
    path: exportPath(signal),
    requestStream: false,
    responseStream: false,
    requestSerialize: toBuffer,
    requestDeserialize: asIs,
    responseSerialize: toBuffer,
    responseDeserialize: asIs,
  };
  return { Export: method };
}
