/**
 * Resolves on the first SIGINT or SIGTERM; a second one ends the process at once, as a user at a terminal expects.
 * `signal` aborts at the same moment, for work under way.
 */
export function interruption(): { readonly signal: AbortSignal; readonly happened: Promise<void>; dispose(): void } {
  const controller = new AbortController();
  let resolveHappened: () => void;
  const happened = new Promise<void>((resolve) => {
    resolveHappened = resolve;
  });
  const handler = (): void => {
    if (controller.signal.aborted) process.kill(process.pid, "SIGKILL");
    controller.abort();
    resolveHappened();
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return {
    signal: controller.signal,
    happened,
    dispose: () => {
      process.off("SIGINT", handler);
      process.off("SIGTERM", handler);
    },
  };
}
