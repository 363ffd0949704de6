interface AuditEntry {
  readonly path: string;
  readonly at: number;
  readonly detail: { readonly sequence: number; readonly note: string };
}

/** About 230 MB: well over half of the heap limit that the shop starts the gateway with. */
const maxEntries = 1_200_000;

/**
 * A list of requests that somebody forgot to trim. It stops short of ending the process: the oldest quarter goes when
 * the bound is reached, so that the pressure on the garbage collector stays.
 */
export class AuditLeak {
  #entries: AuditEntry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  retain(path: string, count: number): void {
    const at = Date.now();
    for (let sequence = 0; sequence < count; sequence++) {
      this.#entries.push({ path, at, detail: { sequence, note: `${path}#${sequence}` } });
    }
    if (this.#entries.length > maxEntries) this.#entries = this.#entries.slice(maxEntries / 4);
  }

  clear(): void {
    this.#entries = [];
  }
}
