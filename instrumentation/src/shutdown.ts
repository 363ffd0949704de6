/** Delivering what is buffered before the process ends, without changing how it ends. */

const flushBoundMs = 2_000;
const signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"];

type Flush = () => Promise<unknown>;

/** Resolves when `work` settled or the bound passed; until then the event loop is held. */
export function bounded(work: Promise<unknown>, boundMs: number = flushBoundMs): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, boundMs);
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    work.then(finish, finish);
  });
}

/** Flushes, for at most two seconds, when the event loop is about to end and on SIGTERM and SIGINT. */
export function flushAtExit(flush: Flush): void {
  // First, because Node binds `process.emit` when it begins to watch a signal.
  observeSignals(flush);
  process.once("beforeExit", () => void bounded(flush()));
  for (const signal of signals) handleUnlessTheAppDoes(signal, flush);
}

/**
 * A signal that the app does not handle: flush, then send ourselves the same signal with our handler gone, so that the
 * parent sees the exit it expects. As soon as the app adds a handler ours is taken away, because libraries count the
 * listeners to decide whether they must re-raise.
 */
function handleUnlessTheAppDoes(signal: NodeJS.Signals, flush: Flush): void {
  let isEnding = false;
  const onSignal = (): void => {
    const reRaise = (): void => {
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    };
    const isSecond = isEnding;
    isEnding = true;
    if (isSecond) reRaise();
    else void bounded(flush()).then(reRaise);
  };
  process.on("newListener", (event: string | symbol, listener: unknown) => {
    if (event !== signal || listener === onSignal || isEnding) return;
    // Later, when theirs is there: Node stops watching a signal as soon as its last listener is gone.
    queueMicrotask(() => process.off(signal, onSignal));
  });
  process.on("removeListener", (event: string | symbol) => {
    if (event === signal && !isEnding && process.listenerCount(signal) === 0) process.on(signal, onSignal);
  });
  if (process.listenerCount(signal) === 0) process.on(signal, onSignal);
}

/** A signal that the app handles starts a flush beside its handler; the app alone decides when it ends. */
function observeSignals(flush: Flush): void {
  const emit = process.emit as (event: string | symbol, ...args: unknown[]) => boolean;
  const observed = function (this: NodeJS.Process, event: string | symbol, ...args: unknown[]): boolean {
    if (signals.includes(event as NodeJS.Signals)) void flush().catch(() => undefined);
    return emit.call(this, event, ...args);
  };
  process.emit = observed as typeof process.emit;
}
