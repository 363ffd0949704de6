import type { Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Receiver, ReceiverFactory } from "../../component.js";
import type { HttpListener } from "../../net/http-listener.js";
import { type OtlpReceiverConfig, otlpReceiverSchema } from "./config.js";
import type { GrpcListener } from "./grpc-listener.js";
import { startGrpcServer } from "./grpc-server.js";
import { startHttpServer } from "./http-server.js";
import { Intake } from "./intake.js";

/** OTLP over HTTP and gRPC: https://opentelemetry.io/docs/specs/otlp/ */
export const otlpReceiver: ReceiverFactory<OtlpReceiverConfig> = {
  kind: "receiver",
  type: "otlp",
  schema: otlpReceiverSchema,
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  create: (config, outputs, host) => new OtlpReceiver(config, outputs, host),
};

class OtlpReceiver implements Receiver {
  private readonly config: OtlpReceiverConfig;
  private readonly outputs: Partial<Readonly<Record<Signal, Consumer>>>;
  private readonly host: ComponentHost;
  private listeners: (HttpListener | GrpcListener)[] = [];

  constructor(config: OtlpReceiverConfig, outputs: Partial<Readonly<Record<Signal, Consumer>>>, host: ComponentHost) {
    this.config = config;
    this.outputs = outputs;
    this.host = host;
  }

  async start(): Promise<void> {
    const { grpc, http } = this.config.protocols;
    if (grpc !== undefined) this.opened("grpc", await startGrpcServer(grpc, this.intakes("grpc"), this.host));
    if (http !== undefined) this.opened("http", await startHttpServer(http, this.intakes("http"), this.host));
  }

  async shutdown(): Promise<void> {
    // Some requests wait for an exporter. Half of the time is theirs; the exporters need the other half to drain.
    const remainingMs = this.host.drainDeadlineMs() - performance.now();
    const graceMs = Number.isFinite(remainingMs) ? Math.max(0, remainingMs / 2) : undefined;
    await Promise.all(this.listeners.splice(0).map((listener) => listener.close(graceMs)));
  }

  private intakes(transport: string): Partial<Record<Signal, Intake>> {
    const entries = Object.entries(this.outputs) as [Signal, Consumer][];
    return Object.fromEntries(
      entries.map(([signal, output]) => [signal, new Intake(signal, output, transport, this.host)]),
    );
  }

  private opened(protocol: string, listener: HttpListener | GrpcListener): void {
    this.listeners.push(listener);
    this.host.bound(protocol, listener.address);
    this.host.log.info(`Starting ${protocol.toUpperCase()} server`, { endpoint: listener.address });
  }
}
