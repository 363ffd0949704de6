import { type Attributes, type AttributeValue, KeyBuffer } from "@venturi/otlp";
import type { AttributeScan } from "./attribute-scan.js";
import { addValue, decodeValue, stringAnyValue } from "./dimension-value.js";
import type { GlobNames } from "./glob-names.js";
import type { ResourceEntry } from "./resources.js";
import type { ScopeEntry } from "./scopes.js";
import type { SpanScan } from "./span-scan.js";

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUSES = ["UNSET", "OK", "ERROR"];

/** A dimension that is named. */
export interface NamedDimension {
  readonly name: string;
  readonly default?: string | undefined;
  /** Where the `AttributeScan`s have it. */
  readonly slot: number;
}

export interface KeyOptions {
  readonly dimensions: readonly NamedDimension[];
  readonly globs: GlobNames | undefined;
  /** Bits of the lists of globs that count. */
  readonly globMask: number;
  /** Of the dimensions that are there without being asked for. */
  readonly excluded: ReadonlySet<string>;
  readonly instanceId: string;
  /** Whether `sampling.method` is a dimension. */
  readonly samplingMethod: boolean;
  /** Whether instrumentation scopes are. */
  readonly withScope: boolean;
}

/** What a data point is about; made once and used again for every span. */
export interface Subject {
  readonly span: SpanScan;
  resource: ResourceEntry;
  /** undefined: it is none that makes dimensions. */
  scope: ScopeEntry | undefined;
  /** The attributes of the event that is counted; undefined when it is the span. */
  event: AttributeScan | undefined;
  isAdjusted: boolean;
}

/** Puts the dimensions of spans into bytes by which their series are found, and into attributes when a series is new. */
export class DimensionKey {
  readonly buffer: KeyBuffer = new KeyBuffer();
  private readonly options: KeyOptions;
  private readonly defaults: readonly (Uint8Array | undefined)[];
  private readonly withName: boolean;
  private readonly withKind: boolean;
  private readonly withStatus: boolean;
  /** Names that globs matched of the subject at hand. */
  private readonly globbed: number[] = [];

  constructor(options: KeyOptions) {
    this.options = options;
    this.defaults = options.dimensions.map((one) =>
      one.default === undefined ? undefined : stringAnyValue(one.default),
    );
    this.withName = !options.excluded.has("span.name");
    this.withKind = !options.excluded.has("span.kind");
    this.withStatus = !options.excluded.has("status.code");
  }

  /** Puts the key into `buffer`. */
  build(subject: Subject): void {
    const { buffer, options } = this;
    const { span, resource, event } = subject;
    buffer.reset();
    buffer.uint32(resource.id);
    if (options.withScope) buffer.uint32(subject.scope?.id ?? 0);
    buffer.uint8(this.withKind && span.kind < KINDS.length ? span.kind : 0);
    buffer.uint8(this.withStatus && span.statusCode < STATUSES.length ? span.statusCode : 0);
    if (options.samplingMethod) buffer.uint8(subject.isAdjusted ? 1 : 0);
    if (this.withName) buffer.range(span.bytes, span.nameStart, span.nameEnd);
    const { attributes } = span;
    const { dimensions } = options;
    for (let index = 0; index < dimensions.length; index++) {
      const { slot } = dimensions[index] as NamedDimension;
      const start = attributes.valueStarts[slot] as number;
      if (start >= 0) {
        buffer.uint8(1);
        addValue(buffer, span.bytes, start, attributes.valueEnds[slot] as number);
      } else this.addOther(index, slot, resource, event);
    }
    if (options.globMask !== 0) this.addGlobbed(subject);
  }

  /** A key that no subject has: the resource alone. */
  buildOverflow(resource: ResourceEntry): void {
    this.buffer.reset();
    this.buffer.uint32(resource.id);
  }

  /** The attributes of the data points of a subject's series. */
  attributes(subject: Subject): Attributes {
    const { excluded, instanceId, dimensions, samplingMethod, globs } = this.options;
    const { span, resource } = subject;
    const attributes: Record<string, AttributeValue> = {};
    const put = (name: string, value: string): void => {
      if (!excluded.has(name)) attributes[name] = value;
    };
    put("service.name", resource.serviceName);
    put("span.name", Buffer.from(span.bytes.subarray(span.nameStart, span.nameEnd)).toString("utf8"));
    put("span.kind", `SPAN_KIND_${KINDS[span.kind] ?? KINDS[0]}`);
    put("status.code", `STATUS_CODE_${STATUSES[span.statusCode] ?? STATUSES[0]}`);
    put("collector.instance.id", instanceId);
    Object.assign(attributes, subject.scope?.attributes);
    if (samplingMethod) attributes["sampling.method"] = subject.isAdjusted ? "extrapolated" : "counted";
    dimensions.forEach(({ name, slot }, index) => {
      const value = this.value(subject, index, slot);
      if (value !== undefined) attributes[name] = value;
    });
    if (globs === undefined) return attributes;
    for (const number of this.findGlobbed(subject)) attributes[globs.name(number)] = this.globbedValue(subject, number);
    return attributes;
  }

  /** What the span itself does not have: of its event, its resource, or by default. */
  private addOther(index: number, slot: number, resource: ResourceEntry, event: AttributeScan | undefined): void {
    const { buffer } = this;
    const start = event === undefined ? -1 : (event.valueStarts[slot] as number);
    if (event !== undefined && start >= 0) {
      buffer.uint8(1);
      addValue(buffer, event.bytes, start, event.valueEnds[slot] as number);
      return;
    }
    const value = resource.dimensions[slot] ?? this.defaults[index];
    if (value === undefined) buffer.uint8(0);
    else {
      buffer.uint8(1);
      addValue(buffer, value, 0, value.length);
    }
  }

  private value({ span, event, resource }: Subject, index: number, slot: number): AttributeValue | undefined {
    for (const scan of [span.attributes, event]) {
      const start = scan?.valueStarts[slot] ?? -1;
      if (scan !== undefined && start >= 0) return decodeValue(scan.bytes, start, scan.valueEnds[slot] as number);
    }
    const value = resource.dimensions[slot] ?? this.defaults[index];
    return value === undefined ? undefined : decodeValue(value, 0, value.length);
  }

  private addGlobbed(subject: Subject): void {
    const { buffer } = this;
    for (const number of this.findGlobbed(subject)) {
      buffer.uint32(number);
      const { bytes, at, globbed } = globbedIn(subject, number);
      addValue(buffer, bytes, globbed[at + 1] as number, globbed[at + 2] as number);
    }
  }

  /** In the order of their numbers, so that the order of attributes says nothing. */
  private findGlobbed({ span, event, resource }: Subject): readonly number[] {
    const { globs, globMask } = this.options;
    const found = this.globbed;
    found.length = 0;
    for (const scan of [span.attributes, event, resource.globbed]) {
      if (scan === undefined || globs === undefined) continue;
      for (let at = 0; at < scan.globbedCount * 3; at += 3) {
        const number = scan.globbed[at] as number;
        if ((globs.mask(number) & globMask) !== 0 && !found.includes(number)) found.push(number);
      }
    }
    return found.sort((a, b) => a - b);
  }

  private globbedValue(subject: Subject, number: number): AttributeValue {
    const { bytes, at, globbed } = globbedIn(subject, number);
    return decodeValue(bytes, globbed[at + 1] as number, globbed[at + 2] as number);
  }
}

interface FoundGlobbed {
  readonly bytes: Uint8Array;
  readonly globbed: Int32Array;
  readonly at: number;
}

function globbedIn({ span, event, resource }: Subject, number: number): FoundGlobbed {
  for (const scan of [span.attributes, event, resource.globbed]) {
    const at = scan?.findGlobbed(number) ?? -1;
    if (scan !== undefined && at >= 0) return { bytes: scan.bytes, globbed: scan.globbed, at };
  }
  throw new Error("BUG: a globbed attribute is nowhere");
}
