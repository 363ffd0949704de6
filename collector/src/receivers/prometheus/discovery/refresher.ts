import type { Discovery, DiscoveryContext, TargetGroup } from "./discovery.js";

/**
 * A discovery that asks its source again and again. What cannot be read is said once in the log and changes nothing.
 * `read` gets a signal that ends it.
 */
export function refreshing(
  context: DiscoveryContext,
  intervalMs: number,
  read: (abort: AbortSignal) => Promise<readonly TargetGroup[]>,
  close: () => Promise<void> = async () => {},
): Discovery {
  return {
    start: async (update) => {
      const abort = new AbortController();
      let running: Promise<void> = Promise.resolve();
      let lastProblem = "";
      const refresh = async (): Promise<void> => {
        try {
          const groups = await read(abort.signal);
          if (!abort.signal.aborted) update(groups);
          lastProblem = "";
        } catch (error) {
          const problem = (error as Error).message;
          if (!abort.signal.aborted && problem !== lastProblem) {
            context.log.warn("Unable to refresh target groups; the last ones stay.", {
              where: context.what,
              error: problem,
            });
          }
          lastProblem = problem;
        }
      };
      const timer = setInterval(
        () => {
          running = running.then(refresh);
        },
        Math.min(intervalMs, MAX_TIMER_MS),
      );
      running = refresh();
      return async () => {
        clearInterval(timer);
        abort.abort();
        await running;
        await close();
      };
    },
  };
}

const MAX_TIMER_MS = 2 ** 31 - 1;
