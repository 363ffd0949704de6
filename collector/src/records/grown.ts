type Column = Float64Array | Uint32Array | Int32Array | Int16Array | Uint8Array;

/** Copies a column into the start of a larger one and answers that. */
export function grown<Larger extends Column>(old: Larger | undefined, larger: Larger): Larger {
  if (old !== undefined) larger.set(old);
  return larger;
}
