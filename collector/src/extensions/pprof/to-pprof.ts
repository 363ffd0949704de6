import type { HeapProfiler, Profiler, Runtime } from "node:inspector";
import { gzipSync } from "node:zlib";
import { Line, Location, Function as PprofFunction, Profile, Sample, StringTable, ValueType } from "pprof-format";

/** Functions, locations and samples of a profile, each named once. */
class Builder {
  private readonly strings = new StringTable();
  private readonly functions: PprofFunction[] = [];
  private readonly locations: Location[] = [];
  private readonly functionIds = new Map<string, number>();
  private readonly locationIds = new Map<string, number>();
  private readonly samples: Sample[] = [];

  /** `stack`: from the innermost frame outwards. */
  add(stack: readonly Runtime.CallFrame[], values: readonly number[]): void {
    this.samples.push(new Sample({ locationId: stack.map((frame) => this.location(frame)), value: [...values] }));
  }

  /** `types`: name and unit of each value of a sample; the last one is what the profile is about. */
  finish(types: readonly (readonly [string, string])[], period: number, durationNanos: number): Uint8Array {
    const sampleType = types.map(([type, unit]) => this.valueType(type, unit));
    const [type, unit] = types.at(-1) as readonly [string, string];
    const profile = new Profile({
      sampleType,
      sample: this.samples,
      location: this.locations,
      function: this.functions,
      stringTable: this.strings,
      timeNanos: BigInt(Date.now()) * 1_000_000n,
      durationNanos,
      periodType: this.valueType(type, unit),
      period,
    });
    return gzipSync(profile.encode());
  }

  private valueType(type: string, unit: string): ValueType {
    return new ValueType({ type: this.strings.dedup(type), unit: this.strings.dedup(unit) });
  }

  private location(frame: Runtime.CallFrame): number {
    const functionId = this.functionOf(frame);
    const key = `${functionId}:${frame.lineNumber}`;
    let id = this.locationIds.get(key);
    if (id === undefined) {
      id = this.locations.length + 1;
      // V8 counts lines from 0.
      const line = new Line({ functionId, line: frame.lineNumber + 1 });
      this.locations.push(new Location({ id, line: [line] }));
      this.locationIds.set(key, id);
    }
    return id;
  }

  private functionOf({ functionName, url }: Runtime.CallFrame): number {
    const key = `${functionName}\n${url}`;
    let id = this.functionIds.get(key);
    if (id === undefined) {
      id = this.functions.length + 1;
      const name = this.strings.dedup(functionName || "(anonymous)");
      this.functions.push(new PprofFunction({ id, name, systemName: name, filename: this.strings.dedup(url) }));
      this.functionIds.set(key, id);
    }
    return id;
  }
}

/** A V8 CPU profile as gzipped pprof. Format: github.com/google/pprof, profile.proto. */
export function cpuPprof(profile: Profiler.Profile): Uint8Array {
  const builder = new Builder();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])));
  const totals = new Map<number, { count: number; micros: number }>();
  (profile.samples ?? []).forEach((id, index) => {
    let total = totals.get(id);
    if (total === undefined) totals.set(id, (total = { count: 0, micros: 0 }));
    total.count++;
    // The time after a sample belongs to it.
    total.micros += Math.max(0, profile.timeDeltas?.[index + 1] ?? 0);
  });
  for (const [id, { count, micros }] of totals) {
    const stack: Runtime.CallFrame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const frame = nodes.get(at)?.callFrame;
      if (frame !== undefined && frame.functionName !== "(root)") stack.push(frame);
    }
    if (stack[0]?.functionName !== "(idle)") builder.add(stack, [count, micros * 1000]);
  }
  const samples = profile.samples?.length ?? 0;
  const durationMicros = profile.endTime - profile.startTime;
  const periodNanos = samples === 0 ? 0 : Math.round((durationMicros * 1000) / samples);
  const types = [
    ["samples", "count"],
    ["cpu", "nanoseconds"],
  ] as const;
  return builder.finish(types, periodNanos, Math.round(durationMicros * 1000));
}

/** A V8 sampling heap profile as gzipped pprof. */
export function heapPprof(profile: HeapProfiler.SamplingHeapProfile, intervalBytes: number): Uint8Array {
  const builder = new Builder();
  const visit = (node: HeapProfiler.SamplingHeapProfileNode, outer: readonly Runtime.CallFrame[]): void => {
    const isRoot = node.callFrame.functionName === "(root)";
    const stack = isRoot ? outer : [node.callFrame, ...outer];
    if (node.selfSize > 0) builder.add(stack, [node.selfSize]);
    for (const child of node.children) visit(child, stack);
  };
  visit(profile.head, []);
  return builder.finish([["inuse_space", "bytes"]], intervalBytes, 0);
}
