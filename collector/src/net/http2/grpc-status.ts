/** How a call ends; `code` is that of google.rpc.Code. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  /** google.rpc.Status for `grpc-status-details-bin`. */
  readonly details?: Uint8Array;
}

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/** Milliseconds of a `grpc-timeout` header; undefined: malformed. */
export function parseTimeoutMs(header: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] as string] as number);
}
