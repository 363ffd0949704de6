import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { type ComponentHost, StartError } from "../component.js";
import { section, unsupported } from "../config/schema-types.js";

/** `auth: { authenticator: basicauth/server }` of a receiver's server or an exporter's client. */
export const authSchema = section(
  z.strictObject({
    /** Id of an extension. */
    authenticator: z.string().min(1),
    request_params: unsupported("credentials in the query of a request"),
  }),
);
export type AuthConfig = z.infer<typeof authSchema>;

/** The answer to a request that is not let in. */
export interface AuthFailure {
  readonly status: 401;
  /** Says nothing that helps to guess. */
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Header names are in lower case, as node:http and gRPC metadata have them. */
export type AuthHeaders = Pick<IncomingHttpHeaders, string>;

/** Lets requests in; undefined: this one is in. Has no effect but to remember what was right. */
export type Authenticate = (headers: AuthHeaders) => AuthFailure | undefined;

/** What an extension offers to servers, to clients or to both. */
export interface Authenticator {
  readonly authenticate?: Authenticate;
  /** The headers that a client sends, asked for each request: a token may have changed. Names are in lower case. */
  readonly credentials?: () => Readonly<Record<string, string>>;
}

/** The door of a receiver; undefined when everybody may in. @throws StartError when there is no such authenticator. */
export function serverAuth(host: ComponentHost, config: AuthConfig | undefined): Authenticate | undefined {
  if (config === undefined) return undefined;
  const found = resolve(host, config).authenticate;
  if (found === undefined) throw unfit(host, config, "checks no requests; give it the credentials to check");
  return found;
}

/** What an exporter adds to each request. @throws StartError when there is no such authenticator. */
export function clientAuth(host: ComponentHost, config: AuthConfig | undefined): Authenticator["credentials"] {
  if (config === undefined) return undefined;
  const found = resolve(host, config).credentials;
  if (found === undefined) throw unfit(host, config, "has no credentials to send; set client_auth");
  return found;
}

function resolve(host: ComponentHost, { authenticator }: AuthConfig): Authenticator {
  const found = host.authenticator(authenticator);
  if (found !== undefined) return found;
  throw new StartError(
    `cannot start ${host.id.kind} "${host.id.text}": failed to resolve authenticator "${authenticator}": ` +
      "it is not listed in service::extensions, or it is no authenticator",
  );
}

function unfit(host: ComponentHost, { authenticator }: AuthConfig, why: string): StartError {
  return new StartError(`cannot start ${host.id.kind} "${host.id.text}": authenticator "${authenticator}" ${why}`);
}

/** The first value of a header. */
export function headerOf(headers: AuthHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
