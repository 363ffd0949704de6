/** A decoded OTLP AnyValue. 64-bit integers are numbers where a number holds them exactly and bigints elsewhere. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | AttributeValue[]
  | { [key: string]: AttributeValue }
  | null;

/** Attributes as somebody writes them. A number with a fraction is written as a double, an integral one as an int. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Key-value pairs read in place. As in the wire format a key may occur twice; `get` answers the first. */
export interface AttributesView {
  get(key: string): AttributeValue | undefined;
  forEach(visit: (key: string, value: AttributeValue) => void): void;
  toObject(): Record<string, AttributeValue>;
}
