import type { ComponentHost } from "../../component.js";
import { parseHostPort } from "../../config/schema-types.js";
import { exportPath } from "../../net/grpc-path.js";
import { bindError } from "../../net/http-listener.js";
import { GrpcError } from "../../net/http2/grpc-error.js";
import { inflateMessage } from "../../net/http2/grpc-message.js";
import type { GrpcStatus } from "../../net/http2/grpc-status.js";
import { listenPlainGrpc } from "../../net/http2/plain-grpc-server.js";
import type { GrpcCall } from "../../net/http2/server-calls.js";
import type { GrpcConfig } from "./config.js";
import { CLOSE_GRACE_MS, type GrpcListener } from "./grpc-listener.js";
import { acceptCall, failureOf } from "./grpc-outcome.js";
import type { Intakes } from "./http-server.js";
import type { Intake } from "./intake.js";

/** Calls of one connection under way, unless `max_concurrent_streams` says otherwise. */
const DEFAULT_MAX_STREAMS = 1000;

/** OTLP/gRPC without TLS and authenticators, read from the socket. @throws StartError when the address cannot be bound. */
export async function startPlainGrpcServer(
  config: GrpcConfig,
  intakes: Intakes,
  host: ComponentHost,
): Promise<GrpcListener> {
  const routes = new Map<string, Intake>();
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const intake = intakes[signal];
    if (intake !== undefined) routes.set(exportPath(signal), intake);
  }
  const target = parseHostPort(config.endpoint);
  if (target === undefined) throw new Error(`BUG: unchecked endpoint ${config.endpoint}`);
  const maxMessageBytes = config.max_recv_msg_size_mib * 1024 * 1024;
  const keepalive = config.keepalive?.server_parameters;
  try {
    const server = await listenPlainGrpc(target, {
      maxMessageBytes,
      maxStreams: config.max_concurrent_streams ?? DEFAULT_MAX_STREAMS,
      life: {
        maxIdleMs: keepalive?.max_connection_idle,
        maxAgeMs: keepalive?.max_connection_age,
        maxAgeGraceMs: keepalive?.max_connection_age_grace,
        pingEveryMs: keepalive?.time,
        pingTimeoutMs: keepalive?.timeout,
      },
      isServed: (path) => routes.has(path),
      answer: (call) => answer(routes.get(call.path) as Intake, call, maxMessageBytes, host),
      failed: (error) =>
        host.log.error("cannot serve a connection", { error: String((error as Error)?.stack ?? error) }),
    });
    return { address: server.address, close: (graceMs = CLOSE_GRACE_MS) => server.close(graceMs) };
  } catch (error) {
    const option = `receivers::${host.id.text}::protocols::grpc::endpoint`;
    throw bindError(
      { what: `receiver "${host.id.text}"`, option, endpoint: config.endpoint },
      error as NodeJS.ErrnoException,
    );
  }
}

function answer(
  intake: Intake,
  { bytes, lease, isCompressed, encoding }: GrpcCall,
  maxBytes: number,
  host: ComponentHost,
): GrpcStatus | undefined | Promise<GrpcStatus | undefined> {
  if (!isCompressed || encoding === undefined || encoding === "identity") return acceptCall(intake, bytes, lease, host);
  return inflateMessage(encoding, bytes, maxBytes)
    .finally(() => lease?.release())
    .then(
      (inflated) => acceptCall(intake, inflated, undefined, host),
      (error: unknown) => (error instanceof GrpcError ? error.status : failureOf(error, host)),
    );
}
