/** What one check found out; `advice` says what to do when it is not ok. */
export interface CheckResult {
  readonly status: "ok" | "warning" | "failure";
  readonly title: string;
  readonly advice?: string;
}

export const ok = (title: string): CheckResult => ({ status: "ok", title });
export const warning = (title: string, advice: string): CheckResult => ({ status: "warning", title, advice });
export const failure = (title: string, advice: string): CheckResult => ({ status: "failure", title, advice });
