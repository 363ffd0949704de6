import type { StoreSettings } from "@venturi/store";
import { parseDurationSeconds } from "../demo/duration.js";

export interface RuleOptions {
  readonly rules?: string[];
  readonly alertmanager?: string[];
  readonly evaluationInterval?: string;
  readonly externalUrl?: string;
}

/** What the embedded store evaluates, and whom it tells. */
export type RuleSettings = Pick<
  StoreSettings,
  "ruleFiles" | "alertmanagerUrls" | "evaluationIntervalMs" | "externalUrl"
>;

/**
 * Reads the rule files once to find their mistakes before anything is started.
 * @param address `host:port` of the store's APIs
 * @throws {Error} one line for each problem of a rule file, with its file and line
 */
export async function ruleSettings(options: RuleOptions, address: string): Promise<RuleSettings> {
  const { rules: ruleFiles = [], alertmanager: alertmanagerUrls = [], evaluationInterval } = options;
  if (ruleFiles.length === 0) {
    if (alertmanagerUrls.length > 0) throw new Error("--alertmanager without --rules: there would be no alerts");
    return {};
  }
  const { checkAlertmanagerUrl, checkRuleFiles } = await import("@venturi/store");
  for (const url of alertmanagerUrls) checkAlertmanagerUrl(url);
  const groups = await checkRuleFiles(ruleFiles);
  if (groups.length === 0) throw new Error(`no rules in ${ruleFiles.join(", ")}: no file matches, or all are empty`);
  const externalUrl = options.externalUrl ?? `http://${address}`;
  if (!URL.canParse(externalUrl)) throw new Error(`--external-url: "${externalUrl}" is no URL`);
  return {
    ruleFiles,
    alertmanagerUrls,
    externalUrl,
    ...(evaluationInterval === undefined
      ? {}
      : { evaluationIntervalMs: parseDurationSeconds(evaluationInterval, "--evaluation-interval") * 1000 }),
  };
}
