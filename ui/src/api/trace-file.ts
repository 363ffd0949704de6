import { getJson } from "./http.js";

/** A trace as OTLP JSON, as the collector's file receiver and other tools read it. */
export async function readOtlp(traceId: string, signal: AbortSignal): Promise<Blob> {
  const { result } = await getJson<{ readonly result: object }>(
    `/api/v3/traces/${encodeURIComponent(traceId)}`,
    signal,
  );
  return new Blob([JSON.stringify(result)], { type: "application/json" });
}

/** Hands a file to the visitor's downloads. */
export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
