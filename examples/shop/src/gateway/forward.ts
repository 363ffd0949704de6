import { pipeline } from "node:stream/promises";
import type { Request, Response } from "express";
import { Agent, type Dispatcher, request as send } from "undici";
import { HttpError } from "../http/http-error.js";
import type { Balancer, Target } from "./balancer.js";

const agent = new Agent({ headersTimeout: 30_000, bodyTimeout: 30_000 });

/** Forwards the request to an instance that the balancer chooses, and to another one when that can't be reached. */
export async function forwardBalanced(balancer: Balancer, request: Request, response: Response): Promise<void> {
  const tried = new Set<Target>();
  for (;;) {
    const target = balancer.acquire(request.ip ?? "", tried);
    tried.add(target);
    try {
      await forward(target.url, request, response);
      return;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      balancer.markDown(target);
      if (tried.size === balancer.targets.length) throw error;
    } finally {
      balancer.release(target);
    }
  }
}

/**
 * Forwards the request to `baseUrl` and streams the answer back.
 * @throws HttpError 502 when it can't be reached.
 */
export async function forward(baseUrl: string, request: Request, response: Response): Promise<void> {
  const abort = new AbortController();
  const onClose = (): void => abort.abort();
  response.once("close", onClose);
  try {
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    const answer = await send(new URL(request.originalUrl, baseUrl), {
      dispatcher: agent,
      method: request.method as Dispatcher.HttpMethod,
      headers: {
        "x-forwarded-for": request.ip ?? "",
        ...pick(request.headers, ["accept", "content-type", "content-length"]),
      },
      body: hasBody ? request : null,
      signal: abort.signal,
    });
    response.status(answer.statusCode).set(pick(answer.headers, ["content-type", "content-length", "x-instance"]));
    await pipeline(answer.body, response);
  } catch (cause) {
    // The client went away: nobody waits for an answer.
    if (abort.signal.aborted) return;
    throw Object.assign(new HttpError(`cannot reach ${baseUrl}: ${(cause as Error).message}`, 502), { cause });
  } finally {
    response.off("close", onClose);
  }
}

/** Closes the connections to the services. */
export function closeForwarding(): Promise<void> {
  return agent.destroy();
}

function isUnreachable(error: unknown): boolean {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ECONNREFUSED";
}

function pick(headers: NodeJS.Dict<string | string[]>, names: readonly string[]): Record<string, string | string[]> {
  return Object.fromEntries(
    names.flatMap((name): [string, string | string[]][] =>
      headers[name] === undefined ? [] : [[name, headers[name]]],
    ),
  );
}
