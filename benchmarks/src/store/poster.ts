import { Agent, request } from "node:http";

export interface PostSettings {
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
}

/** Sends every body once over keep-alive connections; resolves when each was answered with success. */
export async function postAll(url: string, bodies: readonly Uint8Array[], settings: PostSettings): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: settings.connections });
  let next = 0;
  const loop = async (): Promise<void> => {
    for (let index = next++; index < bodies.length; index = next++) {
      while (!(await post(url, bodies[index] as Uint8Array, settings.headers, agent))) await wait(20);
    }
  };
  try {
    await Promise.all(Array.from({ length: settings.connections }, loop));
  } finally {
    agent.destroy();
  }
}

/** @returns false when the server says that it is full for now */
function post(
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  agent: Agent,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", agent, headers: { ...headers, "content-length": body.length } },
      (answer) => {
        const status = answer.statusCode ?? 0;
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          if (text.length < 500) text += chunk;
        });
        answer.on("end", () => {
          if (status >= 200 && status < 300) resolve(true);
          else if (status === 429 || status === 503) resolve(false);
          else reject(new Error(`${url} answered ${status}: ${text}`));
        });
        answer.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
