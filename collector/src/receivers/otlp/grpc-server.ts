import type { SecureContextOptions } from "node:tls";
import grpc from "@grpc/grpc-js";
import { MalformedOtlpError } from "@venturi/otlp";
import { type Authenticate, type AuthHeaders, serverAuth } from "../../auth/authenticator.js";
import type { ComponentHost, Outcome, Refusal } from "../../component.js";
import { parseHostPort } from "../../config/schema-types.js";
import { TlsServerCredentials } from "../../net/grpc-credentials.js";
import { exportService } from "../../net/grpc-service.js";
import { bindError } from "../../net/http-listener.js";
import { CODE, encodeRpcStatus } from "../../net/rpc-status.js";
import { serverContext, watchContext } from "../../net/tls-material.js";
import type { GrpcConfig } from "./config.js";
import type { Intakes } from "./http-server.js";
import type { Intake } from "./intake.js";

export interface GrpcListener {
  /** host:port that was bound. */
  readonly address: string;
  /** Lets calls under way finish, for `graceMs` at most. */
  close(graceMs?: number): Promise<void>;
}

type Reply = grpc.sendUnaryData<Uint8Array>;

/** OTLP/gRPC over raw bytes. @throws StartError when the address cannot be bound. */
export async function startGrpcServer(
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
  try {
    const outcome = intake.accept(request);
    if (outcome instanceof Promise) {
      outcome.then(
        (settled) => answer(reply, settled),
        (error: unknown) => fail(reply, error, host),
      );
    } else answer(reply, outcome);
  } catch (error) {
    fail(reply, error, host);
  }
}

function fail(reply: Reply, error: unknown, host: ComponentHost): void {
  if (error instanceof MalformedOtlpError) {
    reply({ code: CODE.invalidArgument, details: error.message });
    return;
  }
  host.log.error("cannot serve a request", { error: String((error as Error)?.stack ?? error) });
  reply({ code: CODE.internal, details: "internal error" });
}

/** An Export*ServiceResponse without partial success has no bytes. */
const EMPTY_RESPONSE = new Uint8Array(0);

function answer(reply: Reply, outcome: Outcome): void {
  if (outcome === undefined) reply(null, EMPTY_RESPONSE);
  else reply(toGrpcStatus(outcome));
}

/** RESOURCE_EXHAUSTED is retried by OTLP clients only when RetryInfo comes with it. */
function toGrpcStatus(refusal: Refusal): Partial<grpc.StatusObject> {
  if (!refusal.retryable) return { code: CODE.internal, details: refusal.message };
  const code = refusal.reason === "queue_full" ? CODE.resourceExhausted : CODE.unavailable;
  const metadata = new grpc.Metadata();
  const status = { code, message: refusal.message, retryAfterMs: refusal.retryAfterMs ?? 1000 };
  metadata.set("grpc-status-details-bin", Buffer.from(encodeRpcStatus(status)));
  return { code, details: refusal.message, metadata };
}

const CLOSE_GRACE_MS = 1000;

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
