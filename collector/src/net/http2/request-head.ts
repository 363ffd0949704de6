import type { HeaderField } from "./hpack/header-field.js";

/** What we announce and hold clients to; as node:http2. */
export const MAX_HEADER_LIST_BYTES: number = 64 * 1024;

/** Of connections, not of requests (RFC 9113, section 8.2.2). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** The headers of a request that gRPC looks at, gathered while their block is decoded, and whether they are well-formed. */
export class RequestHead {
  path = "";
  contentType: string | undefined;
  encoding: string | undefined;
  timeout: string | undefined;
  isTooLarge = false;
  #method = false;
  #scheme = false;
  #authority = false;
  #isMalformed = false;
  #sawRegular = false;
  #bytes = 0;

  /** RFC 9113, section 8.3.1. */
  get isMalformed(): boolean {
    return this.#isMalformed || !this.#method || !this.#scheme || this.path === "";
  }

  /** What comes behind a body has no pseudo-headers. */
  get isMalformedTrailer(): boolean {
    return this.#isMalformed || this.#method || this.#scheme || this.#authority || this.path !== "";
  }

  readonly add = (field: HeaderField): void => {
    this.#bytes += field.size;
    if (this.#bytes > MAX_HEADER_LIST_BYTES) {
      this.isTooLarge = true;
      return;
    }
    const { name, value } = field;
    if (!field.isWellFormed) this.#isMalformed = true;
    else if (name.startsWith(":")) this.#addPseudo(name, value);
    else this.#addRegular(name, value);
  };

  #addPseudo(name: string, value: string): void {
    if (this.#sawRegular) this.#isMalformed = true;
    if (name === ":path") {
      if (this.path !== "" || value === "") this.#isMalformed = true;
      this.path = value;
    } else if (name === ":method") {
      if (this.#method) this.#isMalformed = true;
      this.#method = true;
    } else if (name === ":scheme") {
      if (this.#scheme) this.#isMalformed = true;
      this.#scheme = true;
    } else if (name === ":authority") {
      if (this.#authority) this.#isMalformed = true;
      this.#authority = true;
    } else this.#isMalformed = true;
  }

  #addRegular(name: string, value: string): void {
    this.#sawRegular = true;
    if (name === "content-type") this.contentType ??= value;
    else if (name === "grpc-encoding") this.encoding ??= value;
    else if (name === "grpc-timeout") this.timeout ??= value;
    else if (FORBIDDEN.has(name) || (name === "te" && value !== "trailers")) this.#isMalformed = true;
  }
}
