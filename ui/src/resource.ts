import { useEffect, useState } from "preact/hooks";

/** What a page knows of something it asked the store for. */
export interface Resource<T> {
  /** The newest answer; kept while a newer one is on its way and when that fails. */
  readonly data: T | undefined;
  readonly error: Error | undefined;
  readonly loading: boolean;
  /** Milliseconds since 1970 of the newest answer. */
  readonly at: number;
}

const nothing = { data: undefined, error: undefined, loading: true, at: 0 } as const;

/**
 * Loads something when `key` changes, and again every `everyMs` while the page is visible (0: never again).
 * An answer that is no longer wanted is aborted. Another key starts from nothing.
 */
export function useResource<T>(key: string, load: (signal: AbortSignal) => Promise<T>, everyMs = 0): Resource<T> {
  const [state, setState] = useState<Resource<T> & { key: string }>({ ...nothing, key });

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setState((previous) => (previous.key === key ? { ...previous, loading: true } : { ...nothing, key }));

    async function once(): Promise<void> {
      try {
        const data = document.hidden && everyMs > 0 ? undefined : await load(abort.signal);
        if (data !== undefined) setState({ key, data, error: undefined, loading: false, at: Date.now() });
      } catch (cause) {
        if (abort.signal.aborted) return;
        const error = cause instanceof Error ? cause : new Error(String(cause));
        setState((previous) => ({ ...previous, error, loading: false }));
      }
      if (everyMs > 0 && !abort.signal.aborted) timer = setTimeout(() => void once(), everyMs);
    }

    void once();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
    // `load` is a new function on every render; `key` says when it means something else.
  }, [key, everyMs]);

  return state.key === key ? state : nothing;
}
