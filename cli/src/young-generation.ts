import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Both halves of the young generation, as V8 counts them. */
const ENOUGH_BYTES = 8 * 1024 * 1024;
/** After which the modules are loaded. */
const LOADING_MS = 3000;

function growBy(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}

/**
 * Lets V8's young generation grow to two halves of 4 MB, and only after the modules are loaded. Loading them makes it
 * grow to two halves of 16 MB, from which it never shrinks: a quarter of the memory of a collector (121 MB become 92),
 * which forwards as many spans per CPU-second without.
 */
export function keepYoungGenerationSmall(): void {
  growBy(1);
  setTimeout(() => {
    growBy(4);
    const observer = new PerformanceObserver(() => {
      const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
      if ((young?.space_size ?? ENOUGH_BYTES) < ENOUGH_BYTES) return;
      growBy(1);
      observer.disconnect();
    });
    observer.observe({ entryTypes: ["gc"] });
  }, LOADING_MS).unref();
}
