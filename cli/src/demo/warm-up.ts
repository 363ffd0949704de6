/**
 * Sends a few requests one after another, so that neither the first connections nor cold code are taken for a
 * bottleneck. Failures are the load test's to report.
 */
export async function warmUp(gatewayUrl: string, durationMs: number, signal: AbortSignal): Promise<void> {
  const paths = ["/products", "/products/1", "/products/2", "/search?q=a", "/orders/1", "/orders/2"];
  const end = Date.now() + durationMs;
  for (let i = 0; Date.now() < end && !signal.aborted; i++) {
    try {
      const response = await fetch(gatewayUrl + (paths[i % paths.length] ?? "/"), { signal });
      await response.arrayBuffer();
    } catch {
      return;
    }
  }
}
