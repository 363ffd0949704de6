import { type Profiler as CpuDomain, type HeapProfiler as HeapDomain, Session } from "node:inspector/promises";
import { setTimeout as delay } from "node:timers/promises";

/** V8 takes one CPU profile at a time. */
export class ProfilerBusyError extends Error {
  override readonly name = "ProfilerBusyError";
}

export class CpuProfiler {
  private session: Session | undefined;

  /** @throws ProfilerBusyError when a profile is being taken */
  async start(): Promise<void> {
    if (this.session !== undefined) throw new ProfilerBusyError("Could not enable CPU profiling: already in use");
    const session = new Session();
    this.session = session;
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
  }

  async stop(): Promise<CpuDomain.Profile> {
    if (this.session === undefined) throw new Error("BUG: no CPU profile is being taken");
    try {
      return (await this.session.post("Profiler.stop")).profile;
    } finally {
      this.close();
    }
  }

  /** A profile of that time, or of less when `abort` says so. @throws ProfilerBusyError */
  async profile(milliseconds: number, abort: AbortSignal): Promise<CpuDomain.Profile> {
    await this.start();
    await delay(milliseconds, undefined, { signal: abort }).catch(() => {});
    return this.stop();
  }

  close(): void {
    this.session?.disconnect();
    this.session = undefined;
  }
}

/** Samples allocations from its start on; one in half a megabyte costs about nothing. */
export class HeapProfiler {
  readonly intervalBytes: number = 512 * 1024;
  private session: Session | undefined;

  async start(): Promise<void> {
    const session = new Session();
    this.session = session;
    session.connect();
    await session.post("HeapProfiler.enable");
    await session.post("HeapProfiler.startSampling", { samplingInterval: this.intervalBytes });
  }

  /** What was allocated since the start and is still alive. */
  async profile(): Promise<HeapDomain.SamplingHeapProfile> {
    if (this.session === undefined) throw new Error("BUG: the heap is not sampled");
    return (await this.session.post("HeapProfiler.getSamplingProfile")).profile;
  }

  close(): void {
    this.session?.disconnect();
    this.session = undefined;
  }
}
