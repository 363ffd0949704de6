import type { Random } from "../promql/random.js";

/** Something that is fed inputs. Every failure of it is a thrown error; documented refusals are not. */
export interface Target {
  readonly name: string;
  /** Its part of a run's inputs, relative to the other targets. */
  readonly weight: number;
  /** Inputs under way at once; more than 1 only where a target waits for sockets. */
  readonly concurrency: number;
  start(): Promise<RunningTarget>;
}

export interface RunningTarget {
  /** A new input, the same for an equal state of `random`. */
  make(random: Random): Buffer;
  /**
   * Feeds one input. Whatever it decides beyond the input comes from the input itself, so that a file can be run again.
   * @returns whether the input was accepted
   * @throws Error when a promise was broken
   */
  run(input: Buffer): boolean | Promise<boolean>;
  /** After the last input. @throws Error when what ran is not in order */
  finish?(): Promise<void>;
  /** Ends what `start` opened; called once, after everything else. */
  close?(): Promise<void>;
}

/** A broken promise that is no exception of the code under test. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** @throws Broken unless `holds` */
export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Broken(message);
}

/**
 * @returns what `act` answers, or undefined when it refused with an error of one of these names
 * @throws any other error
 */
export function unlessRefused<T>(names: readonly string[], act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  }
}
