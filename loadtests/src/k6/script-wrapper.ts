import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * A script for k6 that gives the user's one through as it is: its functions, options, setup, teardown and summary. What
 * `more` defines by the same name takes the place of the script's own; there the script is known as `script`.
 * @param traceShare the share of requests whose traces are to be sampled, 0…1; undefined: no trace context is sent
 */
export function wrapScript(path: string, traceShare: number | undefined, more = ""): string {
  // By URL, files that the script opens are looked for beside it.
  const url = JSON.stringify(pathToFileURL(resolve(path)).href);
  const context = traceShare === undefined ? "" : traceContext(traceShare);
  return `${context}import * as script from ${url};
export * from ${url};
${more}export default script.default;
`;
}

/** Archives hold all their modules and can't be imported. */
export function canBeWrapped(path: string): boolean {
  return !path.endsWith(".tar");
}

/**
 * Sends `traceparent` (W3C Trace Context) with every request that has none. The sampled flag hangs on the trace id alone,
 * so that every service decides alike. Random bytes are not taken from Math.random, whose sequence belongs to the script.
 */
function traceContext(share: number): string {
  return `import venturiHttp from "k6/http";
import { randomBytes as venturiBytes } from "k6/crypto";
{
  const http = venturiHttp;
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const traceparent = () => {
    const bytes = new Uint8Array(venturiBytes(24));
    // Ids of zeros alone mean none.
    bytes[0] |= 1;
    bytes[16] |= 1;
    const lot = (bytes[12] * 2 ** 24 + bytes[13] * 2 ** 16 + bytes[14] * 2 ** 8 + bytes[15]) / 2 ** 32;
    return \`00-\${hex(bytes.subarray(0, 16))}-\${hex(bytes.subarray(16))}-\${lot < ${share} ? "01" : "00"}\`;
  };
  const withContext = (params) => {
    const headers = (params && params.headers) || {};
    if (Object.keys(headers).some((name) => name.toLowerCase() === "traceparent")) return params;
    return { ...params, headers: { ...headers, traceparent: traceparent() } };
  };
  const wrap = (name, at) => {
    const original = http[name];
    http[name] = (...args) => {
      while (args.length < at) args.push(null);
      args[at] = withContext(args[at]);
      return original(...args);
    };
  };
  for (const name of ["get", "head"]) wrap(name, 1);
  for (const name of ["post", "put", "patch", "del", "options"]) wrap(name, 2);
  for (const name of ["request", "asyncRequest"]) wrap(name, 3);
  const batch = http.batch;
  const one = (request) => {
    if (typeof request === "string") return ["GET", request, null, withContext()];
    if (!Array.isArray(request)) return { ...request, params: withContext(request.params) };
    const [method, url, body = null, params] = request;
    return [method, url, body, withContext(params)];
  };
  http.batch = (requests) =>
    batch(
      Array.isArray(requests)
        ? requests.map(one)
        : Object.fromEntries(Object.entries(requests).map(([name, request]) => [name, one(request)])),
    );
}
`;
}
