type Close = () => Promise<void>;

const closers: Close[] = [];
let stopping = false;

/**
 * Runs `close` once when this process is asked to stop: SIGTERM, SIGINT, or the parent's end (its IPC channel closes,
 * even after kill -9). The process then ends by itself, since nothing keeps its event loop alive; that leaves
 * telemetry its turn to flush.
 */
export function onShutdown(close: Close): void {
  closers.push(close);
  if (closers.length > 1) return;
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("disconnect", stop);
  // A parent that died during start has disconnected already.
  if (process.send !== undefined && !process.connected) stop();
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  void closeAll();
}

async function closeAll(): Promise<void> {
  for (const close of closers.reverse()) {
    try {
      await close();
    } catch (error) {
      console.error(error);
      process.exitCode = 1;
    }
  }
  if (process.connected) process.disconnect();
}
