import type { ParserFeatures } from "@venturi/promql";

/** The parts of PromQL that the Prometheus whose API this follows takes without a feature flag. */
export const languageFeatures: ParserFeatures = { durationExpressions: true };
