import { createHash } from "node:crypto";
import type { Matcher } from "@venturi/promql";
import type { Alert } from "../../rules/alert.js";
import type { AlertingRule } from "../../rules/alerting-rule.js";
import type { Rule, RuleGroup } from "../../rules/rule-group.js";
import type { RuleManager } from "../../rules/rule-manager.js";
import { formatExponential } from "../../rules/template/print.js";
import { type Reply, textReply } from "../reply.js";
import type { Request } from "../request.js";
import { jsonAnswer } from "./answer.js";
import { invalidParameter } from "./api-error.js";
import type { Endpoint } from "./endpoint.js";
import { integerProblem } from "./parameters.js";
import { selectorsOf } from "./selectors.js";

const readOnly = ["GET"];

/** Go's time that was never set. */
const never = "0001-01-01T00:00:00Z";

/** `rules`, `alerts` and `alertmanagers`. */
export function ruleEndpoints(rules: RuleManager): Record<string, Endpoint> {
  return {
    rules: {
      methods: readOnly,
      answer: ({ url }) => jsonAnswer(listedGroups(rules.groups, url)),
    },
    alerts: {
      methods: readOnly,
      answer: () => {
        const alerting = rules.groups.flatMap((group) => group.rules.filter((rule) => rule.kind === "alerting"));
        return jsonAnswer({ alerts: alerting.flatMap((rule) => rule.activeAlerts.map(alertJson)) });
      },
    },
    alertmanagers: {
      methods: readOnly,
      answer: () => {
        const activeAlertmanagers = rules.alertmanagers.urls.map((url) => ({ url }));
        return jsonAnswer({ activeAlertmanagers, droppedAlertmanagers: [] });
      },
    },
  };
}

/** `/-/reload`: reads the rule files again. */
export async function reloadReply({ method }: Request, rules: RuleManager): Promise<Reply> {
  if (method !== "POST" && method !== "PUT") return textReply(405, "Only POST or PUT requests allowed");
  try {
    await rules.reload();
    return textReply(200, "");
  } catch (cause) {
    return textReply(500, `failed to reload config: ${(cause as Error).message}\n`);
  }
}

interface Filter {
  readonly names: ReadonlySet<string>;
  readonly selectors: readonly (readonly Matcher[])[];
  readonly type: string;
  readonly excludesAlerts: boolean;
}

function listedGroups(groups: readonly RuleGroup[], url: URLSearchParams): object {
  const selectors = selectorsOf(url);
  const type = (url.get("type") ?? "").toLowerCase();
  if (type !== "" && type !== "alert" && type !== "record") {
    throw invalidParameter("type", `not supported value ${JSON.stringify(type)}`);
  }
  const filter = { names: new Set(url.getAll("rule_name[]")), selectors, type, excludesAlerts: excludesAlerts(url) };
  const { maxGroups, token } = page(url);
  const groupNames = new Set(url.getAll("rule_group[]"));
  const files = new Set(url.getAll("file[]"));
  const from = token === "" ? 0 : groups.findIndex((group) => groupToken(group) === token);
  if (from < 0) {
    throw invalidParameter("group_next_token", `invalid group_next_token '${token}'. were rule groups changed?`);
  }
  const listed: object[] = [];
  for (const group of groups.slice(from)) {
    const { name, file } = group.config;
    if (groupNames.size > 0 && !groupNames.has(name)) continue;
    if (files.size > 0 && !files.has(file)) continue;
    const rules = group.rules.filter((rule) => isListed(rule, filter)).map((rule) => ruleJson(rule, filter));
    if (rules.length === 0) continue;
    if (listed.length === maxGroups) return { groups: listed, groupNextToken: groupToken(group) };
    listed.push({
      name,
      file,
      rules,
      interval: group.slot.intervalMs / 1000,
      limit: group.config.limit,
      evaluationTime: group.durationMs / 1000,
      lastEvaluation: time(group.evaluatedAtMs),
    });
  }
  return { groups: listed };
}

function isListed(rule: Rule, { names, selectors, type }: Filter): boolean {
  const { name, labels } = rule.config;
  if (names.size > 0 && !names.has(name)) return false;
  if ((type === "alert" && rule.kind !== "alerting") || (type === "record" && rule.kind !== "recording")) return false;
  if (selectors.length === 0) return true;
  return selectors.some((matchers) => matchers.every((matcher) => matcher.matches(labels[matcher.name] ?? "")));
}

function ruleJson(rule: Rule, filter: Filter): object {
  const { health, lastError, durationMs, evaluatedAtMs } = rule.outcome;
  const outcome = {
    health,
    ...(lastError === "" ? {} : { lastError }),
    evaluationTime: durationMs / 1000,
    lastEvaluation: time(evaluatedAtMs),
    type: rule.kind,
  };
  const { name, labels } = rule.config;
  if (rule.kind === "recording") return { name, query: rule.query, labels, ...outcome };
  return { ...alertingJson(rule, filter.excludesAlerts), ...outcome };
}

function alertingJson(rule: AlertingRule, excludesAlerts: boolean): object {
  const { name, labels, annotations, forMs, keepFiringForMs } = rule.config;
  return {
    state: rule.state,
    name,
    query: rule.query,
    duration: forMs / 1000,
    keepFiringFor: keepFiringForMs / 1000,
    labels,
    annotations,
    alerts: excludesAlerts ? null : rule.activeAlerts.map(alertJson),
  };
}

function alertJson(alert: Alert): object {
  const { labels, annotations, state, activeAtMs, keepFiringSinceMs, value } = alert;
  return {
    labels,
    annotations,
    state,
    activeAt: time(activeAtMs),
    ...(keepFiringSinceMs === undefined ? {} : { keepFiringSince: time(keepFiringSinceMs) }),
    value: formatExponential(value),
  };
}

function time(timeMs: number | undefined): string {
  return timeMs === undefined ? never : new Date(timeMs).toISOString();
}

/** What Go's ParseBool takes, in small letters. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ["", false],
  ...["1", "t", "true"].map((text) => [text, true] as const),
  ...["0", "f", "false"].map((text) => [text, false] as const),
]);

function excludesAlerts(url: URLSearchParams): boolean {
  const text = (url.get("exclude_alerts") ?? "").toLowerCase();
  const value = booleans.get(text);
  if (value !== undefined) return value;
  const problem = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw invalidParameter("exclude_alerts", `error converting exclude_alerts: ${problem}`);
}

/** Groups per page, and the token of the first one to show; -1 and "" for all. */
function page(url: URLSearchParams): { maxGroups: number; token: string } {
  const text = url.get("group_limit") ?? "";
  const token = url.get("group_next_token") ?? "";
  if (text === "" && token !== "") {
    const problem = "group_limit needs to be present in order to paginate over the groups";
    throw invalidParameter("group_next_token", problem);
  }
  if (text === "") return { maxGroups: -1, token: "" };
  const problem = integerProblem(text) ?? (Math.abs(Number(text)) >= 2 ** 31 ? "value out of range" : undefined);
  if (problem !== undefined) {
    const reason = `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`;
    throw invalidParameter("group_limit", `group_limit needs to be a valid number: ${reason}`);
  }
  if (Number(text) <= 0) throw invalidParameter("group_limit", "group_limit needs to be greater than 0");
  return { maxGroups: Number(text), token };
}

function groupToken({ config }: RuleGroup): string {
  return createHash("sha256").update(`${config.file};${config.name}`).digest("hex");
}
