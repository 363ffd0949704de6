/** One instant query over the Prometheus HTTP API, as numbers by the value of one label. */
export async function queryByLabel(url: string, query: string, label: string): Promise<Record<string, number>> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const answer = (await response.json()) as {
    status: string;
    error?: string;
    data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (answer.status !== "success" || !answer.data) throw new Error(`${query}: ${answer.error}`);
  return Object.fromEntries(answer.data.result.map((one) => [one.metric[label] ?? "", Number(one.value[1])]));
}
