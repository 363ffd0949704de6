import { readFile } from "node:fs/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { join } from "node:path";

/** Asks the Docker daemon for one JSON document. @throws Error */
export type DockerApi = (path: string, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>;

const DEFAULT_HOST = process.platform === "win32" ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock";
const MAX_ANSWER_BYTES = 4 << 20;

/**
 * The daemon that DOCKER_HOST names (`unix:///path`, `tcp://host:port`), with the certificates in DOCKER_CERT_PATH; they
 * count only with DOCKER_TLS_VERIFY, as with Docker's own client.
 * @throws Error when DOCKER_HOST is none of these.
 */
export function dockerApi(env: NodeJS.ProcessEnv): DockerApi {
  const host = env.DOCKER_HOST || DEFAULT_HOST;
  const address = addressOf(host);
  const folder = env.DOCKER_CERT_PATH ?? "";
  return async (path, signal) => {
    try {
      const isTls = folder !== "" && "port" in address;
      const tls = isTls ? await certificatesIn(folder, Boolean(env.DOCKER_TLS_VERIFY)) : {};
      const options: RequestOptions = { ...address, ...tls, path, signal, agent: false, headers: { host: "docker" } };
      return await ask(isTls ? httpsRequest(options) : httpRequest(options));
    } catch (cause) {
      throw new Error(`cannot ask Docker at ${host}: ${(cause as Error).message}`, { cause });
    }
  };
}

type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number };

function addressOf(host: string): Address {
  const [, scheme, rest = ""] = /^(unix|npipe|tcp|http|https):\/\/(.+)$/.exec(host) ?? [];
  if (scheme === undefined) throw new Error(`DOCKER_HOST: "${host}" is neither unix:///path nor tcp://host:port`);
  if (scheme === "unix" || scheme === "npipe") return { socketPath: rest };
  const url = new URL(`http://${rest}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 2375) };
}

async function certificatesIn(folder: string, rejectUnauthorized: boolean): Promise<RequestOptions> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readFile(join(folder, name))),
  );
  return { ca, cert, key, rejectUnauthorized } as RequestOptions;
}

function ask(request: ClientRequest): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => answerOf(response).then(resolve, reject));
    request.end();
  });
}

async function answerOf(response: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}: ${text.slice(0, 200).trim()}`);
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== "object" || answer === null) throw new Error("the answer is no object");
  return answer as Readonly<Record<string, unknown>>;
}
