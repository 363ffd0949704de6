const view = new DataView(new ArrayBuffer(8));
view.setBigUint64(0, 0x7ff0_0000_0000_0002n);

/** The NaN with which Prometheus marks a series that ended (bits 0x7ff0000000000002). */
export const staleNaN: number = view.getFloat64(0);

/** Whether `v` is Prometheus' stale marker and not an ordinary NaN. */
export function isStaleNaN(v: number): boolean {
  if (!Number.isNaN(v)) return false;
  view.setFloat64(0, v);
  return view.getUint32(0) === 0x7ff0_0000 && view.getUint32(4) === 2;
}
