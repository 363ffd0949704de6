import type { Child } from "./child.js";
import { freePorts } from "./ports.js";
import { venturi } from "./venturi.js";

export interface RunningUp {
  /** The Prometheus and Jaeger APIs and the pages. */
  readonly apiUrl: string;
  /** OTLP over HTTP. */
  readonly otlpUrl: string;
  readonly child: Child;
}

/** `venturi up` on free ports, with its data in the given folder and more options. */
export async function startUp(data: string, more: readonly string[] = []): Promise<RunningUp> {
  const options = ["--port", "--otlp-http-port", "--otlp-grpc-port", "--telemetry-port", "--health-port"];
  const ports = await freePorts(options.length);
  const own = options.flatMap((option, index) => [option, String(ports[index])]);
  const child = venturi(["up", "--data", data, ...own, ...more]);
  await child.waitForOutput(/Venturi is up/);
  return { apiUrl: `http://127.0.0.1:${ports[0]}`, otlpUrl: `http://127.0.0.1:${ports[1]}`, child };
}
