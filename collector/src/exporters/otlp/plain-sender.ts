import { type Batch, batchRuns } from "@venturi/otlp";
import { partialSuccess } from "../../export/partial-success.js";
import type { Sender } from "../../export/queued-exporter.js";
import type { PushResult } from "../../export/sending-queue.js";
import { giveBack, share } from "../../lease.js";
import { type Compress, compressor } from "../../net/encodings/compress.js";
import { exportPath } from "../../net/grpc-path.js";
import type { OutgoingMessage } from "../../net/http2/client-call.js";
import { GrpcClient } from "../../net/http2/grpc-client.js";
import { GrpcError } from "../../net/http2/grpc-error.js";
import { bytesOf, compressedBytesOf } from "../../net/wire-cache.js";
import { type OtlpGrpcConfig, parseTarget } from "./config.js";
import { toExportError } from "./export-failure.js";

/** Below this a copy is cheaper than a write of its own. */
const PIECE_BYTES = 8 * 1024;
/** So that all headers fit one frame. */
const MAX_HEADER_CHARS = 8000;
/** As Go's client; servers close connections on which pings come more often. */
const MIN_KEEPALIVE_MS = 10_000;
/** Of HTTP and gRPC themselves. */
const RESERVED =
  /^(?:te|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|host|content-type|user-agent|grpc-.*)$/i;
/** The default of zlib. */
const LEVEL = -1;

/** Without TLS, over HTTP/2 of our own: batches leave as they lie in memory. */
export class PlainSender implements Sender {
  private readonly config: OtlpGrpcConfig;
  private readonly compress: Compress | undefined;
  private readonly client: GrpcClient;

  constructor(config: OtlpGrpcConfig, target: { readonly host: string; readonly port: number }) {
    this.config = config;
    this.compress = compressor(config.compression, LEVEL);
    const { keepalive } = config;
    this.client = new GrpcClient({
      ...target,
      balancer: config.balancer_name,
      waitForReady: config.wait_for_ready,
      authority: config.authority ?? config.tls.server_name_override ?? parseTarget(config).target,
      headers: [
        ["user-agent", config.user_agent ?? "venturi-collector"],
        ...Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value] as const),
      ],
      keepalive:
        keepalive === undefined
          ? undefined
          : {
              everyMs: Math.max(MIN_KEEPALIVE_MS, keepalive.time),
              timeoutMs: keepalive.timeout,
              withoutCalls: keepalive.permit_without_stream,
            },
    });
  }

  async push(batch: Batch, abort: AbortSignal): Promise<PushResult> {
    const { compression, endpoint } = this.config;
    try {
      const encoding = this.compress === undefined ? undefined : compression;
      const answer = await this.client.call(exportPath(batch.signal), encoding, await this.message(batch), abort);
      return partialSuccess(answer, "");
    } catch (error) {
      if (error instanceof GrpcError) throw toExportError(error.status, error, endpoint, abort);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.client.close();
  }

  private async message(batch: Batch): Promise<() => OutgoingMessage> {
    if (this.compress !== undefined) {
      const bytes = await compressedBytesOf(batch, `${this.config.compression} ${LEVEL}`, this.compress);
      return () => ({ pieces: [bytes], isCompressed: true });
    }
    const runs = batchRuns(batch);
    const pieces = batch.byteLength >= runs.length * PIECE_BYTES ? runs : [bytesOf(batch)];
    return () => {
      // A socket may hold bytes of an attempt that was given up when another has delivered the batch.
      share(batch, 2);
      return { pieces, isCompressed: false, onFlushed: () => giveBack(batch) };
    };
  }
}

/** Whether the configuration asks for nothing that only grpc-js has. @returns the address to connect to */
export function plainTarget(
  config: OtlpGrpcConfig,
  env: NodeJS.ProcessEnv = process.env,
): { host: string; port: number } | undefined {
  const { target, plain } = parseTarget(config);
  if (!plain || config.grpc_client !== "plain" || config.auth !== undefined) return undefined;
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([0-9a-zA-Z_.-]+)):(\d{1,5})$/.exec(target);
  if (match === null || Number(match[3]) > 65_535) return undefined;
  const host = (match[1] ?? match[2]) as string;
  return isProxied(host, env) || !hasUsualHeaders(config) ? undefined : { host, port: Number(match[3]) };
}

/** grpc-js knows proxies and their exceptions. Nobody means the machine itself. */
function isProxied(host: string, env: NodeJS.ProcessEnv): boolean {
  if (host === "localhost" || host === "::1" || /^127\.[\d.]+$/.test(host)) return false;
  return [env.grpc_proxy, env.https_proxy, env.http_proxy].some((proxy) => proxy !== undefined && proxy !== "");
}

function hasUsualHeaders({ headers, authority, user_agent }: OtlpGrpcConfig): boolean {
  const values = [...Object.values(headers), authority ?? "x", user_agent ?? "x"];
  return (
    Object.keys(headers).every(
      (name) => /^[0-9a-z_.-]+$/i.test(name) && !/-bin$/i.test(name) && !RESERVED.test(name),
    ) &&
    values.every((value) => /^[!-~](?:[ -~]*[!-~])?$/.test(value)) &&
    JSON.stringify([headers, authority, user_agent]).length < MAX_HEADER_CHARS
  );
}
