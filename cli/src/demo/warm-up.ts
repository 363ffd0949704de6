/** Requests of every kind that the load will send, so that the code behind each is compiled and each pool connected. */
function requestOf(index: number, gatewayUrl: string): Request {
  const paths = ["/products", `/products/${1 + (index % 40)}`, "/search?q=oak", `/orders/${1 + (index % 40)}`];
  const path = paths[index % (paths.length + 1)];
  if (path !== undefined) return new Request(gatewayUrl + path);
  return new Request(`${gatewayUrl}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ customerId: 1, items: [{ productId: 1 + (index % 40), quantity: 1 }] }),
  });
}

/** The load's own rate would be enough, were the first second of cold code not far slower than the rest. */
const concurrency = 6;

/**
 * Sends requests for a while, so that neither the first connections nor cold code are taken for a bottleneck. Failures
 * are the load test's to report.
 */
export async function warmUp(gatewayUrl: string, durationMs: number, signal: AbortSignal): Promise<void> {
  const end = Date.now() + durationMs;
  let sent = 0;
  const one = async (): Promise<void> => {
    while (Date.now() < end && !signal.aborted) {
      try {
        const response = await fetch(requestOf(sent++, gatewayUrl), { signal });
        await response.arrayBuffer();
      } catch {
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, one));
}
