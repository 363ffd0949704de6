/**
 * What to call a request. k6's `name` tag is the URL unless the script sets it; then what varies from one call to the
 * next (ids, query strings) is taken out, so that the calls of one endpoint come together.
 */
export function endpointName(name: string, url: string): string {
  if (name !== url && name !== "") return name;
  const target = url === "" ? name : url;
  if (!URL.canParse(target)) return target === "" ? "(no name)" : target;
  const { pathname } = new URL(target);
  return pathname
    .split("/")
    .map((part) => (isIdentifier(part) ? "{id}" : part))
    .join("/");
}

function isIdentifier(part: string): boolean {
  return (
    /^\d+$/.test(part) ||
    /^[0-9a-f]{8}-[0-9a-f-]{27,}$/i.test(part) ||
    (/^[0-9a-z_-]{16,}$/i.test(part) && /\d/.test(part))
  );
}

/** `GET /products/{id}`; a name that says the method already is not told it again. */
export function endpointLabel({ method, name }: { readonly method: string; readonly name: string }): string {
  return method === "" || name.startsWith(`${method} `) ? name : `${method} ${name}`;
}
