import { LoadTestError } from "../load-test-error.js";
import { isSafe, type Route } from "./route.js";

export interface StarterOptions {
  readonly baseUrl: string;
  /** Where the routes come from, for the first line. */
  readonly source: string;
  /** Includes requests that change data. */
  readonly unsafe?: boolean;
}

/**
 * A k6 script that a person goes on with: an open model over the routes in their shares, one line each. Requests that
 * change data are there as comments unless asked for.
 * @throws LoadTestError when no route is left
 */
export function starterScript(routes: readonly Route[], { baseUrl, source, unsafe = false }: StarterOptions): string {
  const active = routes.filter((route) => unsafe || isSafe(route));
  if (active.length === 0) {
    const why = routes.length === 0 ? "no route was found" : "all routes change data (--unsafe takes them too)";
    throw new LoadTestError(`cannot write a script: ${why} in ${source}`);
  }
  const lines = routes.map((route) =>
    active.includes(route) ? `  ${entry(route)}` : `  // changes data: ${entry(route)}`,
  );
  return `// Made by venturi load init from ${oneLine(source)}. Yours to change.
// Environment: BASE_URL, RATE (requests per second), DURATION.
import { check } from "k6";
import http from "k6/http";

const baseUrl = __ENV.BASE_URL || ${JSON.stringify(baseUrl.replace(/\/+$/, ""))};
const rate = Number(__ENV.RATE || 10);

export const options = {
  scenarios: {
    load: {
      // Requests come at this rate however slow the service is, as users do.
      executor: "constant-arrival-rate",
      rate,
      timeUnit: "1s",
      duration: __ENV.DURATION || "30s",
      preAllocatedVUs: Math.max(10, rate),
      maxVUs: Math.max(50, rate * 10),
    },
  },
  thresholds: { http_req_failed: ["rate<0.01"] },
};

// share: how often, compared with the others.
const routes = [
${lines.join("\n")}
];
const total = routes.reduce((sum, route) => sum + route.share, 0);

export default function () {
  let lot = Math.random() * total;
  const route = routes.find(({ share }) => (lot -= share) < 0) || routes[0];
  const body = route.body === undefined ? null : JSON.stringify(route.body);
  const response = http.request(route.method, baseUrl + route.path, body, {
    headers: body === null ? {} : { "content-type": "application/json" },
    // One name for a route, whatever ids are in its path.
    tags: { name: route.name },
  });
  check(response, { "answered without an error": ({ status }) => status > 0 && status < 400 });
}
`;
}

function entry({ method, template, path, weight, body }: Route): string {
  const fields = {
    name: `${method} ${template}`,
    method,
    path,
    share: weight,
    ...(body === undefined ? {} : { body }),
  };
  const text = Object.entries(fields).map(([name, value]) => `${name}: ${oneLine(JSON.stringify(value))}`);
  return `{ ${text.join(", ")} },`;
}

/** JSON leaves two line ends of JavaScript alone; neither may end a comment. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, " ");
}
