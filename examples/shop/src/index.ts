import { fileURLToPath } from "node:url";

export { type FaultName, type FaultTruth, faultNames, faults, type Intensity, type ServiceName } from "./faults.js";
export type { Strategy } from "./gateway/balancer.js";
export { type Shop, type ShopSettings, startShop } from "./shop.js";

/** The k6 script that loads the shop as the demo does: BASE_URL, RATE (requests per second) and DURATION steer it. */
export const shopLoadScript: string = fileURLToPath(new URL("../load/shop.js", import.meta.url));
