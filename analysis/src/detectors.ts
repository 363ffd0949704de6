import type { Detector } from "./detector.js";
import { errors } from "./detectors/errors/detector.js";
import { eventLoop } from "./detectors/event-loop/detector.js";
import { frontQueueWait } from "./detectors/front-queue/detector.js";
import { garbageCollection } from "./detectors/garbage-collection/detector.js";
import { loadSkew } from "./detectors/load-skew/detector.js";
import { lockWait } from "./detectors/lock-wait/detector.js";
import { nPlusOne } from "./detectors/n-plus-one/detector.js";
import { networkHop } from "./detectors/network-hop/detector.js";
import { poolWait } from "./detectors/pool-wait/detector.js";
import { queueBacklog } from "./detectors/queue-backlog/detector.js";
import { serviceTime } from "./detectors/service-time/detector.js";
import { slowQuery } from "./detectors/slow-query/detector.js";

/** Every kind of bottleneck that is looked for. A new one is a folder and a line here. */
export const detectors: readonly Detector[] = [
  poolWait,
  eventLoop,
  networkHop,
  slowQuery,
  lockWait,
  nPlusOne,
  frontQueueWait,
  serviceTime,
  errors,
  garbageCollection,
  queueBacklog,
  loadSkew,
];
