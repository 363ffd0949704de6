import type { Signal } from "../model/signal.js";
import { LOGS_REQUEST } from "./logs.js";
import type { Message } from "./message.js";
import { METRICS_REQUEST } from "./metrics.js";
import { TRACES_REQUEST } from "./traces.js";

/** The export request of each signal. One description serves validation, counting, splitting and both JSON directions. */
export const REQUESTS: Readonly<Record<Signal, Message>> = {
  traces: TRACES_REQUEST,
  metrics: METRICS_REQUEST,
  logs: LOGS_REQUEST,
};
