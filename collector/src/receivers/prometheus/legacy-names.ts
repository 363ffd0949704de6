/** Whether Prometheus before version 3 took the name, of a metric or a label. */
export function isLegacyName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}
