/** Why a body is not zipkin v2 JSON. */
export class MalformedZipkinError extends Error {
  override readonly name = "MalformedZipkinError";
}

export interface ZipkinEndpoint {
  readonly serviceName: string;
  /** In canonical text; empty when there is none. */
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

export interface ZipkinAnnotation {
  readonly timestampUs: number;
  readonly value: string;
}

/** A span of the zipkin v2 API, checked. */
export interface ZipkinSpan {
  /** 32 hex digits in lower case; all zeros when missing. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly id: string;
  /** 16 hex digits, or empty. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: string;
  /** Since the epoch; 0 when the client left it out. */
  readonly timestampUs: number;
  readonly durationUs: number;
  readonly localEndpoint: ZipkinEndpoint | undefined;
  readonly remoteEndpoint: ZipkinEndpoint | undefined;
  readonly annotations: readonly ZipkinAnnotation[];
  /** The reader's own copy: who translates takes out what it used. */
  readonly tags: Map<string, string>;
}
