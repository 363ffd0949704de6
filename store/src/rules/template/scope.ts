import type { Value } from "./values.js";

/** Variables in the order in which they were declared; a block forgets its own when it ends. */
export class Scope {
  readonly #names: string[];
  readonly #values: Value[];

  constructor(dot: Value) {
    this.#names = ["$"];
    this.#values = [dot];
  }

  get size(): number {
    return this.#names.length;
  }

  cut(size: number): void {
    this.#names.length = this.#values.length = size;
  }

  declare(name: string, value: Value): void {
    this.#names.push(name);
    this.#values.push(value);
  }

  get(name: string): Value {
    return this.#values[this.#names.lastIndexOf(name)];
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  assign(name: string, value: Value): void {
    this.#values[this.#names.lastIndexOf(name)] = value;
  }
}
