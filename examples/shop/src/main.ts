/** Starts the shop alone and keeps it up until Ctrl-C. Environment: DATABASE_URL, REDIS_URL, OTEL_EXPORTER_OTLP_ENDPOINT, FAULT. */
import { faultNames, isFaultName } from "./faults.js";
import { startShop } from "./shop.js";

const { DATABASE_URL, REDIS_URL, OTEL_EXPORTER_OTLP_ENDPOINT, FAULT } = process.env;
if (FAULT !== undefined && !isFaultName(FAULT)) {
  console.error(`unknown FAULT "${FAULT}": one of ${faultNames.join(", ")}`);
  process.exit(1);
}

const stopRequested = new Promise<void>((resolve) => {
  process.once("SIGINT", resolve);
  process.once("SIGTERM", resolve);
});

try {
  const shop = await startShop({
    otlpEndpoint: OTEL_EXPORTER_OTLP_ENDPOINT ?? "http://127.0.0.1:4318",
    ...(DATABASE_URL === undefined ? {} : { databaseUrl: DATABASE_URL }),
    ...(REDIS_URL === undefined ? {} : { redisUrl: REDIS_URL }),
    log: console.log,
  });
  if (FAULT !== undefined) await shop.setFault(FAULT);
  for (const [name, url] of Object.entries(shop.services)) console.log(`${name.padEnd(10)} ${url}`);
  console.log(`try: curl ${shop.gatewayUrl}/products/1   (Ctrl-C stops)`);
  await stopRequested;
  await shop.stop();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
