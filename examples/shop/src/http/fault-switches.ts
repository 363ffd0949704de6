import { type FaultName, faultNames, faults, isFaultName, type ServiceName } from "../faults.js";
import { HttpError } from "./http-error.js";

export interface FaultState {
  readonly fault: FaultName;
  readonly enabled: boolean;
  /** It is on, and what a team would do about it is done. */
  readonly fixed: boolean;
  readonly intensity: number;
  readonly unit: string;
  readonly does: string;
}

/** Makes a switch take effect, for faults that are more than a value read per request. */
export type ApplyFault = (enabled: boolean, intensity: number, fixed: boolean) => Promise<void> | void;

/** The faults of one service, all off at first. */
export class FaultSwitches {
  readonly #service: ServiceName;
  readonly #apply: Partial<Record<FaultName, ApplyFault>>;
  /** Faults that are on, with their intensity. */
  readonly #on = new Map<FaultName, number>();
  readonly #fixed = new Set<FaultName>();
  #switching: Promise<unknown> = Promise.resolve();

  constructor(service: ServiceName, apply: Partial<Record<FaultName, ApplyFault>> = {}) {
    this.#service = service;
    this.#apply = apply;
  }

  /** The intensity while the fault is on, null while it is off. */
  intensity(name: FaultName): number | null {
    return this.#on.get(name) ?? null;
  }

  isOn(name: FaultName): boolean {
    return this.#on.has(name);
  }

  isFixed(name: FaultName): boolean {
    return this.#fixed.has(name);
  }

  list(): FaultState[] {
    return faultNames
      .filter((name) => faults[name].switchedAt === this.#service)
      .map((fault) => {
        const { intensity, does } = faults[fault];
        return {
          fault,
          enabled: this.isOn(fault),
          fixed: this.isFixed(fault),
          intensity: this.intensity(fault) ?? intensity.default,
          unit: intensity.unit,
          does,
        };
      });
  }

  /**
   * Switches one fault by the body of `POST /faults`; resolves once it is in force.
   * @throws HttpError for an unknown fault, another service's fault, or an intensity out of range.
   */
  async switch(body: unknown): Promise<FaultState> {
    const { name, enabled, intensity, fixed } = this.#parse(body);
    // One at a time: two switches at once could leave an index dropped that is listed as present.
    const switched = this.#switching.then(async () => {
      await this.#apply[name]?.(enabled, intensity, fixed);
      if (fixed) this.#fixed.add(name);
      else this.#fixed.delete(name);
      if (enabled) this.#on.set(name, intensity);
      else this.#on.delete(name);
    });
    this.#switching = switched.catch(() => {});
    await switched;
    return this.list().find((state) => state.fault === name)!;
  }

  #parse(body: unknown): { name: FaultName; enabled: boolean; intensity: number; fixed: boolean } {
    if (typeof body !== "object" || body === null) {
      throw new HttpError('send JSON such as {"fault": "errors", "enabled": true}');
    }
    const { fault, enabled, intensity, fixed = false } = body as Record<string, unknown>;
    if (!isFaultName(fault)) {
      throw new HttpError(`unknown fault ${JSON.stringify(fault)}: one of ${faultNames.join(", ")}`);
    }
    const { switchedAt, intensity: range } = faults[fault];
    if (switchedAt !== this.#service) {
      throw new HttpError(`fault ${fault} is switched at ${switchedAt}, not at ${this.#service}`, 404);
    }
    if (typeof enabled !== "boolean") throw new HttpError("enabled must be true or false");
    if (typeof fixed !== "boolean") throw new HttpError("fixed must be true or false");
    if (fixed && (!enabled || faults[fault].fix === undefined)) {
      throw new HttpError(`${fault} is fixed by taking it away: {"fault": "${fault}", "enabled": false}`);
    }
    const strength = intensity ?? range.default;
    if (typeof strength !== "number" || !(strength >= range.min && strength <= range.max)) {
      throw new HttpError(
        `intensity of ${fault} must be a number from ${range.min} to ${range.max} (${range.meaning})`,
      );
    }
    return { name: fault, enabled, intensity: strength, fixed };
  }
}
