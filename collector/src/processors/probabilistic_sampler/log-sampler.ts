import { Cursor, LEN } from "@venturi/otlp";
import { anyValueBytes } from "../../records/any-value-text.js";
import { AttributeRanges } from "../../records/attribute-ranges.js";
import { copyFields } from "../../records/edit-message.js";
import { bigEndian } from "../../records/span-fields.js";
import type { ProbabilisticSamplerConfig } from "./config.js";
import { seededHash } from "./decider.js";
import { ItemSampler } from "./item-sampler.js";
import { numberOf } from "./sampling-priority.js";
import { type Pair, parseRandomness, parseThreshold, randomnessText, thresholdOf, thresholdText } from "./threshold.js";

const ATTRIBUTES = 6;
const TRACE_ID = 9;
const RANDOMNESS = "sampling.randomness";
const THRESHOLD = "sampling.threshold";

/** Samples log records by their trace ids or by an attribute; what it decided by is written into attributes. */
export class LogSampler extends ItemSampler {
  private readonly config: ProbabilisticSamplerConfig;
  private readonly attributes: AttributeRanges;
  private readonly sourceSlot: number;
  private readonly prioritySlot: number;
  private readonly cursor = new Cursor();
  private readonly traceRandomness: Pair = { high: 0, low: 0 };

  constructor(config: ProbabilisticSamplerConfig) {
    super("logs", config);
    this.config = config;
    const keys = [...new Set([RANDOMNESS, THRESHOLD, config.from_attribute, config.sampling_priority])];
    this.attributes = new AttributeRanges(keys);
    this.sourceSlot = keys.indexOf(config.from_attribute);
    this.prioritySlot = keys.indexOf(config.sampling_priority);
  }

  protected read(bytes: Uint8Array, start: number, end: number): void {
    const { cursor, attributes, item, config } = this;
    let idStart = start;
    let idEnd = start;
    attributes.clear();
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      const { field, wireType } = cursor;
      cursor.skip();
      if (wireType !== LEN) continue;
      if (field === ATTRIBUTES) attributes.note(bytes, cursor.valueStart, cursor.valueEnd);
      else if (field === TRACE_ID) {
        idStart = cursor.valueStart;
        idEnd = cursor.valueEnd;
      }
    }
    const threshold = this.text(bytes, 1);
    const randomness = this.text(bytes, 0);
    item.threshold = threshold === "" ? undefined : parseThreshold(threshold);
    item.randomness = randomness === "" ? undefined : parseRandomness(randomness);
    item.isMalformed =
      (threshold !== "" && item.threshold === undefined) || (randomness !== "" && item.randomness === undefined);
    this.readSource(bytes, idStart, idEnd);
    if (config.sampling_priority !== "") item.priority = this.priority(bytes);
  }

  protected rewrite(bytes: Uint8Array, start: number, end: number): void {
    const { item } = this;
    const randomness = item.newRandomness === undefined ? undefined : randomnessText(item.newRandomness);
    const threshold = item.newThreshold === undefined ? undefined : thresholdText(item.newThreshold);
    const replaced = new Set<string>();
    if (randomness !== undefined) replaced.add(RANDOMNESS);
    if (threshold !== undefined || item.isThresholdCleared) replaced.add(THRESHOLD);
    const writer = this.kept.openedRecord;
    copyFields(writer, bytes, start, end, (cursor) => {
      if (cursor.field !== ATTRIBUTES || cursor.wireType !== LEN) return false;
      return replaced.has(keyOf(bytes, cursor.valueStart, cursor.valueEnd));
    });
    if (randomness !== undefined) this.writeAttribute(RANDOMNESS, randomness);
    if (threshold !== undefined) this.writeAttribute(THRESHOLD, threshold);
  }

  private readSource(bytes: Uint8Array, idStart: number, idEnd: number): void {
    const { item, config, traceRandomness, attributes } = this;
    if (idEnd - idStart === 16 && !isZero(bytes, idStart, idEnd)) {
      traceRandomness.high = bigEndian(bytes, idStart + 8) & 0xff_ffff;
      traceRandomness.low = bigEndian(bytes, idStart + 12);
      item.traceRandomness = traceRandomness;
      if (config.attribute_source === "traceID") {
        item.hash = seededHash(config.hash_seed, bytes, idStart, idEnd);
        item.hashPolicy = "trace_id_hash";
        return;
      }
    }
    const valueStart = attributes.starts[this.sourceSlot] as number;
    if (config.from_attribute === "" || valueStart < 0) return;
    const value = anyValueBytes(bytes, valueStart, attributes.ends[this.sourceSlot] as number);
    if (value.length === 0) return;
    item.hash = seededHash(config.hash_seed, value, 0, value.length);
    item.hashPolicy = config.from_attribute;
  }

  /** The attribute is a percentage; one that no threshold has asks for nothing. */
  private priority(bytes: Uint8Array): Readonly<Pair> | undefined {
    const start = this.attributes.starts[this.prioritySlot] as number;
    if (start < 0) return undefined;
    const value = numberOf(bytes, start, this.attributes.ends[this.prioritySlot] as number);
    if (typeof value !== "number" || value === 0) return undefined;
    return thresholdOf(value / 100, this.config.sampling_precision);
  }

  private text(bytes: Uint8Array, slot: number): string {
    const start = this.attributes.starts[slot] as number;
    if (start < 0) return "";
    const value = numberOf(bytes, start, this.attributes.ends[slot] as number);
    return typeof value === "object" ? value.text : "";
  }

  private writeAttribute(key: string, text: string): void {
    const writer = this.kept.openedRecord;
    const pair = writer.open(ATTRIBUTES);
    writer.stringField(1, key);
    const value = writer.open(2);
    writer.stringField(1, text);
    writer.close(value);
    writer.close(pair);
  }
}

function keyOf(bytes: Uint8Array, start: number, end: number): string {
  const cursor = new Cursor(bytes, start, end);
  let key = "";
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) key = cursor.string();
    else cursor.skip();
  }
  return key;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
