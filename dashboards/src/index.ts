export { allDashboards } from "./catalog.js";
export { listExpressions, type PanelExpression, panelsOf, substituteVariables } from "./expressions.js";
export { renderFiles, ruleGroups } from "./render.js";
export type { AlertingRule, RecordingRule, RuleGroup } from "./rules/model.js";
