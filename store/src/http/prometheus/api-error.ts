/** Prometheus' error types and the HTTP status that each is answered with. */
const statusOfType = {
  bad_data: 400,
  execution: 422,
  canceled: 499,
  timeout: 503,
  internal: 500,
  // Prometheus has no status of its own for it.
  unavailable: 500,
  not_found: 404,
} as const;

export type ApiErrorType = keyof typeof statusOfType;

/** An error answered as `{"status":"error","errorType":…,"error":…}`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly type: ApiErrorType;

  constructor(type: ApiErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }

  get status(): number {
    return statusOfType[this.type];
  }
}

export function invalidParameter(name: string, problem: string): ApiError {
  return new ApiError("bad_data", `invalid parameter "${name}": ${problem}`);
}
