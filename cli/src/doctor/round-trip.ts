import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type CheckResult, failure, ok } from "./check.js";

const serviceName = "venturi-doctor";

/** One small trace as OTLP/JSON: doctor speaks the protocol itself, so that no SDK stands between question and answer. */
function traceRequest(traceId: string): string {
  const nowNano = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: "doctor round trip",
    kind: 1,
    startTimeUnixNano: String(nowNano),
    endTimeUnixNano: String(nowNano + 1_000_000n),
  };
  const attributes = [{ key: "service.name", value: { stringValue: serviceName } }];
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: "venturi.doctor" }, spans: [span] }] }],
  });
}

async function arrives(jaegerUrl: string, traceId: string, timeoutMs: number): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const response = await fetch(`${jaegerUrl}/api/traces/${traceId}`);
    if (response.ok) return true;
    await response.body?.cancel();
    await delay(200);
  }
  return false;
}

/** Sends a span the way a service would, and looks for it where a person would: the whole path, proven. */
export async function checkRoundTrip(otlpUrl: string, jaegerUrl: string, timeoutMs = 5000): Promise<CheckResult> {
  const traceId = randomBytes(16).toString("hex");
  try {
    const sent = await fetch(`${otlpUrl.replace(/\/$/, "")}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: traceRequest(traceId),
    });
    const answer = await sent.text();
    if (!sent.ok) {
      return failure(
        `the collector refused a test span: HTTP ${sent.status} ${answer.slice(0, 200)}`,
        "read the collector's log",
      );
    }
  } catch (error) {
    return failure(`cannot send a test span: ${(error as Error).message}`, "is that address an OTLP/HTTP receiver?");
  }
  try {
    if (await arrives(jaegerUrl, traceId, timeoutMs))
      return ok("a test span went in over OTLP and came out of the Jaeger API");
  } catch (error) {
    return failure(
      `the Jaeger API at ${jaegerUrl} does not answer: ${(error as Error).message}`,
      "start `venturi up`, or name yours with --jaeger",
    );
  }
  return failure(
    "the collector took a test span, but it never came out of the Jaeger API",
    "look at the collector's exporters and its log",
  );
}
