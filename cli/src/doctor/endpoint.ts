import { type CheckResult, failure, ok } from "./check.js";
import { probePort } from "./probe-port.js";

/** Where the service would send its telemetry, and how, by the OpenTelemetry variables. */
export interface OtlpTarget {
  readonly url: URL;
  readonly protocol: "http" | "grpc";
}

/** The target that a service with this environment has (specification: OTLP exporter configuration). */
export function otlpTarget(env: NodeJS.ProcessEnv): OtlpTarget | undefined {
  const protocol = env.OTEL_EXPORTER_OTLP_PROTOCOL?.startsWith("grpc") ? "grpc" : "http";
  const text = env.OTEL_EXPORTER_OTLP_ENDPOINT || `http://127.0.0.1:${protocol === "grpc" ? 4317 : 4318}`;
  return URL.canParse(text) ? { url: new URL(text), protocol } : undefined;
}

/** Finds out whether something listens at the target and whether it speaks the service's protocol. */
export async function checkEndpoint(target: OtlpTarget): Promise<CheckResult> {
  const { url, protocol } = target;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const kind = await probePort(url.hostname, port);
  const where = `${url.hostname}:${port}`;
  if (kind === "closed")
    return failure(
      `nothing listens at ${where}`,
      "start `venturi up`, or set OTEL_EXPORTER_OTLP_ENDPOINT to your collector",
    );
  if (url.protocol === "https:") return ok(`something listens at ${where} (TLS, not looked into)`);
  if (kind === "other")
    return failure(
      `${where} speaks neither HTTP nor gRPC`,
      "another program has the port: stop it, or choose another port",
    );
  if (protocol === "http" && kind === "http2") {
    return failure(
      `${where} speaks gRPC, but the service sends HTTP`,
      "use port 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
    );
  }
  if (protocol === "grpc" && kind === "http1") {
    return failure(
      `${where} speaks HTTP, but the service sends gRPC`,
      "use port 4317, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    );
  }
  return ok(`${where} speaks ${protocol === "grpc" ? "gRPC" : "HTTP"}`);
}
