import { type CollectorSettings, type RunningCollector, startCollector } from "../collector.js";

/** Starts a collector without telemetry endpoint and with its log kept. */
export async function startTestCollector(
  yaml: string,
  settings: Partial<CollectorSettings> = {},
): Promise<RunningCollector & { readonly lines: string[] }> {
  const lines: string[] = [];
  const collector = await startCollector({
    configs: [{ name: "test.yaml", text: yaml }],
    set: ["service.telemetry.metrics.readers=[{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 0}}}}]"],
    env: {},
    log: (line) => void lines.push(line),
    ...settings,
  });
  return Object.assign(collector, { lines });
}

export function addressOf(collector: RunningCollector, component: string, protocol: string): string {
  const found = collector.endpoints.find((one) => one.component === component && one.protocol === protocol);
  if (found === undefined) throw new Error(`no endpoint ${component} ${protocol}`);
  return found.address;
}

/** Asks until the answer is there; each question is answered by an event of the real component. */
export async function eventually<Value>(ask: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
