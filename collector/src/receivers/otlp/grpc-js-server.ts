import type { SecureContextOptions } from "node:tls";
import grpc from "@grpc/grpc-js";
import { type Authenticate, type AuthHeaders, serverAuth } from "../../auth/authenticator.js";
import type { ComponentHost } from "../../component.js";
import { parseHostPort } from "../../config/schema-types.js";
import { TlsServerCredentials } from "../../net/grpc-credentials.js";
import { exportService } from "../../net/grpc-service.js";
import { bindError } from "../../net/http-listener.js";
import type { GrpcStatus } from "../../net/http2/grpc-status.js";
import { CODE } from "../../net/rpc-status.js";
import { serverContext, watchContext } from "../../net/tls-material.js";
import type { GrpcConfig } from "./config.js";
import { CLOSE_GRACE_MS, type GrpcListener } from "./grpc-listener.js";
import { acceptCall } from "./grpc-outcome.js";
import type { Intakes } from "./http-server.js";
import type { Intake } from "./intake.js";

type Reply = grpc.sendUnaryData<Uint8Array>;

/** OTLP/gRPC by grpc-js, which has TLS and gives headers to authenticators. @throws StartError when the address cannot be bound. */
export async function startGrpcJsServer(
  config: GrpcConfig,
  intakes: Intakes,
  host: ComponentHost,
): Promise<GrpcListener> {
  const server = new grpc.Server(serverOptions(config));
  const authenticate = serverAuth(host, config.auth);
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const intake = intakes[signal];
    if (intake === undefined) continue;
    server.addService(exportService(signal), {
      Export: (call: grpc.ServerUnaryCall<Buffer, Uint8Array>, reply: Reply) =>
        isRefused(authenticate, call.metadata, reply) ? undefined : serve(intake, call.request, reply, host),
    });
  }
  const target = parseHostPort(config.endpoint);
  if (target === undefined) throw new Error(`BUG: unchecked endpoint ${config.endpoint}`);
  const hostText = target.host.includes(":") ? `[${target.host}]` : target.host;
  const door = credentials(config, `receiver "${host.id.text}"`, host);
  const port = await bind(server, `${hostText}:${target.port}`, config, door, host);
  return {
    address: `${hostText}:${port}`,
    close: (graceMs) => {
      door.stop();
      return close(server, graceMs);
    },
  };
}

function serverOptions(config: GrpcConfig): grpc.ServerOptions {
  const keepalive = config.keepalive?.server_parameters;
  const options: Record<string, number | undefined> = {
    "grpc.max_receive_message_length": config.max_recv_msg_size_mib * 1024 * 1024,
    "grpc.max_concurrent_streams": config.max_concurrent_streams,
    "grpc.max_connection_idle_ms": keepalive?.max_connection_idle,
    "grpc.max_connection_age_ms": keepalive?.max_connection_age,
    "grpc.max_connection_age_grace_ms": keepalive?.max_connection_age_grace,
    "grpc.keepalive_time_ms": keepalive?.time,
    "grpc.keepalive_timeout_ms": keepalive?.timeout,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

interface Door {
  readonly credentials: grpc.ServerCredentials;
  /** Ends the watch on certificates. */
  readonly stop: () => void;
}

function credentials({ tls }: GrpcConfig, what: string, host: ComponentHost): Door {
  if (tls === undefined) return { credentials: grpc.ServerCredentials.createInsecure(), stop: () => {} };
  const context = (): SecureContextOptions => serverContext(what, tls);
  const secure = new TlsServerCredentials(tls, context());
  return { credentials: secure, stop: watchContext(tls, context, (changed) => secure.replace(changed), host.log) };
}

function bind(
  server: grpc.Server,
  address: string,
  config: GrpcConfig,
  door: Door,
  host: ComponentHost,
): Promise<number> {
  const what = `receiver "${host.id.text}"`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, door.credentials, (error, port) => {
      if (error === null) return resolve(port);
      // grpc-js tells the system's error code only inside its text.
      const code = /E[A-Z]{4,}/.exec(error.message)?.[0];
      const cause = Object.assign(error, code === undefined ? {} : { code });
      const option = `receivers::${host.id.text}::protocols::grpc::endpoint`;
      reject(bindError({ what, option, endpoint: config.endpoint }, cause));
    });
  });
}

/** Answers a call that is not let in. */
function isRefused(authenticate: Authenticate | undefined, metadata: grpc.Metadata, reply: Reply): boolean {
  const failure = authenticate?.(metadata.toHttp2Headers() as AuthHeaders);
  if (failure === undefined) return false;
  reply({ code: CODE.unauthenticated, details: failure.message });
  return true;
}

function serve(intake: Intake, request: Buffer, reply: Reply, host: ComponentHost): void {
  const status = acceptCall(intake, request, undefined, host);
  if (status instanceof Promise) void status.then((settled) => answer(reply, settled));
  else answer(reply, status);
}

/** An Export*ServiceResponse without partial success has no bytes. */
const EMPTY_RESPONSE = new Uint8Array(0);

function answer(reply: Reply, status: GrpcStatus | undefined): void {
  if (status === undefined) {
    reply(null, EMPTY_RESPONSE);
    return;
  }
  const metadata = new grpc.Metadata();
  if (status.details !== undefined) metadata.set("grpc-status-details-bin", Buffer.from(status.details));
  reply({ code: status.code, details: status.message, metadata });
}

function close(server: grpc.Server, graceMs = CLOSE_GRACE_MS): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      // Sessions that idle are not waited for by tryShutdown, and would keep the process alive.
      server.forceShutdown();
      resolve();
    });
  });
}
