/**
 * Erlang C: in a queue with Poisson arrivals, exponential service and `servers` servers, the wait that 95 of 100
 * arrivals stay below. Infinite when there is more work than the servers can do.
 */
export function waitAtP95Ms(arrivalsPerSecond: number, serviceMs: number, servers: number): number {
  const offered = (arrivalsPerSecond * serviceMs) / 1000;
  if (offered >= servers) return Number.POSITIVE_INFINITY;
  const waits = probabilityOfWaiting(offered, servers);
  if (waits <= 0.05) return 0;
  return (Math.log(waits / 0.05) * serviceMs) / (servers - offered);
}

/** By the recurrence of Erlang B, which does not overflow as the factorials would. */
function probabilityOfWaiting(offered: number, servers: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (offered * blocked) / (n + offered * blocked);
  return blocked / (1 - (offered / servers) * (1 - blocked));
}
