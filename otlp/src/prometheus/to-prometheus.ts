import type { Batch } from "../model/batch.js";
import type { PrometheusOptions, PrometheusTranslation } from "./model.js";

export function toPrometheus(_batch: Batch, _options?: PrometheusOptions): PrometheusTranslation {
  throw new Error("not built yet");
}
