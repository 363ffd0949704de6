import { getJson } from "./http.js";

/** One line of the list of load test reports. */
export interface ReportEntry {
  readonly id: string;
  readonly startedAt: string;
  readonly verdict: string;
}

/** All reports, the newest first. */
export async function readReports(signal: AbortSignal): Promise<ReportEntry[]> {
  return getJson<ReportEntry[]>("/venturi/api/reports", signal);
}

/** The address of a report's page. */
export function reportPage(id: string): string {
  return `/venturi/api/reports/${encodeURIComponent(id)}.html`;
}

/** The page's text. It is shown in a frame that may do nothing, so it is fetched and not framed by its address. */
export async function readReportPage(id: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(reportPage(id), { signal });
  if (!response.ok) throw new Error(`there is no report ${id}: it may have been deleted`);
  return response.text();
}
