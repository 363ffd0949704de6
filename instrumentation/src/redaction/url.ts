/** Query parameters whose value is a credential: the semantic conventions' list, and the names in common use. */
const sensitiveParameters: readonly string[] = [
  "AWSAccessKeyId",
  "Signature",
  "sig",
  "X-Goog-Signature",
  "X-Amz-Signature",
  "X-Amz-Credential",
  "X-Amz-Security-Token",
  "access_token",
  "refresh_token",
  "id_token",
  "token",
  "api_key",
  "apikey",
  "client_secret",
  "secret",
  "password",
  "passwd",
];

/** For the http instrumentation, which compares names exactly. */
export const redactedQueryParameters: readonly string[] = sensitiveParameters;

const sensitiveNames: ReadonlySet<string> = new Set(sensitiveParameters.map((name) => name.toLowerCase()));

/** A query string, without or with its `?`, with the values of credentials replaced; other bytes are kept. */
export function redactQuery(query: string): string {
  return query.replace(/([^?&=]+)=([^&]*)/g, (pair, name: string) =>
    sensitiveNames.has(name.toLowerCase()) ? `${name}=REDACTED` : pair,
  );
}

/** An absolute URL without user name, password, and the values of credentials in the query. */
export function redactUrl(url: URL): string {
  const credentials = url.username !== "" || url.password !== "" ? "REDACTED:REDACTED@" : "";
  return `${url.protocol}//${credentials}${url.host}${url.pathname}${redactQuery(url.search)}${url.hash}`;
}
