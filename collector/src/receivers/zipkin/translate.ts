import { Writer } from "@venturi/otlp";
import { writeAttribute } from "./attributes.js";
import type { ZipkinSpan } from "./model.js";
import { RESOURCE_TAGS, SCOPE_NAME, SCOPE_VERSION, SERVICE_NAME_SOURCE } from "./resource-tags.js";
import { writeSpan } from "./write-span.js";

/**
 * Translates zipkin spans to an OTLP export request: a resource for each service name and in it a scope for each
 * instrumentation library, in the order of their names; the spans of one scope stay in their order. The first span of a
 * service describes its resource, the first one of a scope its version.
 * The translation is that of the Collector's zipkin receiver, whose `zipkinv2` package names the tags.
 */
export function translateSpans(spans: readonly ZipkinSpan[], parseStringTags: boolean): Uint8Array {
  const writer = new Writer(256 + 512 * spans.length);
  for (const [service, ofService] of groupBy(spans, ({ localEndpoint }) => localEndpoint?.serviceName || NO_SERVICE)) {
    const resource = writer.open(1);
    writeResource(writer, service, ofService[0]?.tags ?? new Map());
    for (const [, ofScope] of groupBy(ofService, ({ tags }) => firstTag(tags, SCOPE_NAME))) {
      const scope = writer.open(2);
      writeScope(writer, ofScope[0]?.tags ?? new Map());
      for (const span of ofScope) writeSpan(writer, span, parseStringTags);
      writer.close(scope);
    }
    writer.close(resource);
  }
  return writer.finish();
}

/** Where spans without a service stand among the others. */
const NO_SERVICE = "OTLPResourceNoServiceName";

function groupBy(spans: readonly ZipkinSpan[], keyOf: (span: ZipkinSpan) => string): [string, ZipkinSpan[]][] {
  const groups = new Map<string, ZipkinSpan[]>();
  for (const span of spans) {
    const key = keyOf(span);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function firstTag(tags: ReadonlyMap<string, string>, names: readonly string[]): string {
  for (const name of names) {
    const value = tags.get(name);
    if (value !== undefined) return value;
  }
  return "";
}

function writeResource(writer: Writer, service: string, tags: ReadonlyMap<string, string>): void {
  const start = writer.open(1);
  if (service !== NO_SERVICE) {
    const attributes = new Map([[tags.get(SERVICE_NAME_SOURCE) || "service.name", service]]);
    for (const name of RESOURCE_TAGS) {
      const value = tags.get(name);
      if (value !== undefined) attributes.set(name, value);
    }
    for (const [key, value] of attributes) writeAttribute(writer, 1, key, value);
  }
  writer.close(start);
}

function writeScope(writer: Writer, tags: ReadonlyMap<string, string>): void {
  const start = writer.open(1);
  const name = firstTag(tags, SCOPE_NAME);
  if (name !== "") {
    writer.stringField(1, name);
    const version = firstTag(tags, SCOPE_VERSION);
    if (version !== "") writer.stringField(2, version);
  }
  writer.close(start);
}
