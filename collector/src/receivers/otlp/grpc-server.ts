import type { ComponentHost } from "../../component.js";
import type { GrpcConfig } from "./config.js";
import type { GrpcListener } from "./grpc-listener.js";
import type { Intakes } from "./http-server.js";
import { startPlainGrpcServer } from "./plain-grpc.js";

/** OTLP/gRPC over raw bytes. @throws StartError when the address cannot be bound. */
export async function startGrpcServer(
  config: GrpcConfig,
  intakes: Intakes,
  host: ComponentHost,
): Promise<GrpcListener> {
  // The plain server has no TLS, and keeps no headers that would say who is there.
  const isPlain = config.grpc_server === "plain" && config.tls === undefined && config.auth === undefined;
  if (isPlain) return startPlainGrpcServer(config, intakes, host);
  // Loaded here: who does not need grpc-js saves its memory.
  const { startGrpcJsServer } = await import("./grpc-js-server.js");
  return startGrpcJsServer(config, intakes, host);
}
