export interface GrpcListener {
  /** host:port that was bound. */
  readonly address: string;
  /** Lets calls under way finish, for `graceMs` at most. */
  close(graceMs?: number): Promise<void>;
}

export const CLOSE_GRACE_MS = 1000;
