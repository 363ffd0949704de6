import { LoadTestError, reasonOf } from "../load-test-error.js";

const timeoutMs = 20_000;
const bodyMaxBytes = 256 * 1024 * 1024;

/** An HTTP API under a base URL. User name and password in the URL become a header, and stay out of every message. */
export class HttpApi {
  readonly #base: URL;
  readonly #headers: Record<string, string>;
  /** Who it is, for messages: `Prometheus at http://127.0.0.1:9090`. */
  readonly title: string;
  /** Without credentials, without a slash at the end. */
  readonly url: string;

  /** @throws LoadTestError when the URL is none */
  constructor(name: string, url: string) {
    if (!URL.canParse(url)) throw new LoadTestError(`the URL of ${name} is not valid: ${url}`);
    this.#base = new URL(url);
    const { username, password } = this.#base;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#headers = username === "" ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
    this.#base.username = this.#base.password = "";
    this.url = this.#base.href.replace(/\/+$/, "");
    this.title = `${name} at ${this.url}`;
  }

  /**
   * @returns the response's JSON
   * @throws LoadTestError when the API cannot be reached, answers with an error, or with something else than JSON
   */
  async getJson(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const response = await this.#get(path, parameters);
    const text = await readBounded(response, this.title);
    if (!response.ok) throw new LoadTestError(`${this.title} answers ${response.status} to ${path}: ${errorIn(text)}`);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new LoadTestError(`${this.title} does not answer JSON to ${path}: is it the right address?`, {
        cause: error,
      });
    }
  }

  async #get(path: string, parameters: Readonly<Record<string, string>>): Promise<Response> {
    const query = new URLSearchParams(parameters).toString();
    try {
      return await fetch(`${this.url}${path}${query === "" ? "" : `?${query}`}`, {
        headers: this.#headers,
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw new LoadTestError(`cannot reach ${this.title}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

async function readBounded(response: Response, title: string): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > bodyMaxBytes)
        throw new LoadTestError(`${title} answers with more than ${bodyMaxBytes / 1024 / 1024} MB`);
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (error instanceof LoadTestError) throw error;
    throw new LoadTestError(`${title} broke off its answer: ${reasonOf(error)}`, { cause: error });
  }
  return text + decoder.decode();
}

/** Both APIs explain errors in JSON, each in its own way. */
function errorIn(body: string): string {
  try {
    const { error, errors } = JSON.parse(body) as { error?: unknown; errors?: { msg?: unknown }[] };
    return String(error ?? errors?.[0]?.msg ?? body).slice(0, 200);
  } catch {
    return body.replace(/\s+/g, " ").trim().slice(0, 200) || "no explanation";
  }
}
