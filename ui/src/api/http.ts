/** Reads JSON from the store's port. Throws with a line that a person can act on. */
export async function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { signal, headers: { accept: "application/json" } });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Error("cannot reach the store: is venturi still running?", { cause });
  }
  if (!response.ok) throw new Error(`${path.split("?")[0]} answered ${response.status}: ${await reason(response)}`);
  return (await response.json()) as T;
}

/** The message of an error body in the shape of either API, or its first characters. */
async function reason(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { error?: string; errors?: readonly { msg?: string }[] };
    return body.error ?? body.errors?.[0]?.msg ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200) || response.statusText;
  }
}
