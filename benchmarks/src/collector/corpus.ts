import { Writer } from "@venturi/otlp";

/** What `makeCorpus` made: bodies are whole ExportTraceServiceRequests of `spansPerRequest` spans each. */
export interface Corpus {
  readonly bodies: readonly Uint8Array[];
  readonly spansPerRequest: number;
  readonly bytesPerSpan: number;
}

export interface CorpusOptions {
  readonly requests: number;
  /** Distinct span names over the corpus; with 5 services, 3 kinds and 2 status codes they make the series of spanmetrics. */
  readonly spanNames: number;
  readonly seed: number;
}

const services = ["gateway", "catalog", "orders", "payments", "notifications"];
const spansPerService = 20;
/** Spans of one trace stand in a row of a service's block, as an exporter's batch has them. */
const spansPerTrace = 4;
const baseNano = 1_767_225_600_000_000_000n;

/** Requests like those of five Node.js services: about 590 bytes and 13 attributes a span, 100 spans a request, four spans a trace. */
export function makeCorpus(options: CorpusOptions): Corpus {
  const random = xorshift(options.seed);
  const bodies: Uint8Array[] = [];
  let bytes = 0;
  let nextName = 0;
  for (let request = 0; request < options.requests; request++) {
    const writer = new Writer(80_000);
    for (const service of services) {
      const resource = writer.open(1);
      writeResource(writer, service);
      const scope = writer.open(2);
      writeScope(writer);
      let traceId = randomBytes(random, 16);
      for (let index = 0; index < spansPerService; index++) {
        if (index % spansPerTrace === 0) traceId = randomBytes(random, 16);
        writeSpan(writer, random, traceId, nextName++ % options.spanNames);
      }
      writer.close(scope);
      writer.close(resource);
    }
    const body = writer.finish();
    bytes += body.length;
    bodies.push(body);
  }
  const spansPerRequest = services.length * spansPerService;
  return { bodies, spansPerRequest, bytesPerSpan: bytes / (options.requests * spansPerRequest) };
}

function writeResource(writer: Writer, service: string): void {
  const at = writer.open(1);
  stringAttribute(writer, 1, "service.name", service);
  stringAttribute(writer, 1, "service.namespace", "shop");
  stringAttribute(writer, 1, "service.instance.id", `${service}-6f9c7d4b8-x2x7k`);
  stringAttribute(writer, 1, "service.version", "1.42.0");
  stringAttribute(writer, 1, "telemetry.sdk.language", "nodejs");
  stringAttribute(writer, 1, "telemetry.sdk.name", "opentelemetry");
  stringAttribute(writer, 1, "telemetry.sdk.version", "2.12.0");
  stringAttribute(writer, 1, "host.name", "ip-10-12-7-33.eu-central-1.compute.internal");
  intAttribute(writer, 1, "process.pid", 4711);
  writer.close(at);
}

function writeScope(writer: Writer): void {
  const at = writer.open(1);
  writer.stringField(1, "@opentelemetry/instrumentation-http");
  writer.stringField(2, "0.223.0");
  writer.close(at);
}

function writeSpan(writer: Writer, random: () => number, traceId: Uint8Array, nameIndex: number): void {
  const start = baseNano + BigInt(Math.floor(random() * 3.6e12));
  const durationNano = BigInt(Math.floor(2e6 * Math.exp(3 * random())));
  const failed = random() < 0.02;
  const route = `/api/v1/items/{id}/part-${nameIndex}`;
  const at = writer.open(2);
  writer.bytesField(1, traceId);
  writer.bytesField(2, randomBytes(random, 8));
  if (random() > 0.2) writer.bytesField(4, randomBytes(random, 8));
  writer.stringField(5, `GET ${route}`);
  writer.uint32Field(6, 1 + (nameIndex % 3));
  writer.fixed64Field(7, start);
  writer.fixed64Field(8, start + durationNano);
  stringAttribute(writer, 9, "http.request.method", "GET");
  stringAttribute(writer, 9, "http.route", route);
  intAttribute(writer, 9, "http.response.status_code", failed ? 500 : 200);
  stringAttribute(writer, 9, "url.scheme", "http");
  stringAttribute(writer, 9, "url.path", `/api/v1/items/${Math.floor(random() * 1e6)}/part-${nameIndex}`);
  stringAttribute(writer, 9, "server.address", "catalog.shop.svc.cluster.local");
  intAttribute(writer, 9, "server.port", 8080);
  stringAttribute(writer, 9, "network.protocol.version", "1.1");
  stringAttribute(
    writer,
    9,
    "network.peer.address",
    `10.12.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`,
  );
  intAttribute(writer, 9, "network.peer.port", 1024 + Math.floor(random() * 60_000));
  stringAttribute(writer, 9, "client.address", `10.13.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`);
  stringAttribute(writer, 9, "user_agent.original", "node-fetch/3.3 (+https://example.com/bot)");
  stringAttribute(writer, 9, "enduser.id", `user-${Math.floor(random() * 1e5)}`);
  if (failed) {
    const status = writer.open(15);
    writer.uint32Field(3, 2);
    writer.close(status);
  }
  writer.fixed32Field(16, 257);
  writer.close(at);
}

function stringAttribute(writer: Writer, field: number, key: string, value: string): void {
  const at = writer.open(field);
  writer.stringField(1, key);
  const any = writer.open(2);
  writer.stringField(1, value);
  writer.close(any);
  writer.close(at);
}

function intAttribute(writer: Writer, field: number, key: string, value: number): void {
  const at = writer.open(field);
  writer.stringField(1, key);
  const any = writer.open(2);
  writer.int64Field(3, BigInt(value));
  writer.close(any);
  writer.close(at);
}

function randomBytes(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** Numbers in [0, 1). Marsaglia, "Xorshift RNGs", 2003. */
function xorshift(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
