import type { CompareOp } from "../compare.js";
import type { MathOp } from "../math.js";

/** `at`: offset of the first character. */
interface Node {
  readonly at: number;
}

export interface StringNode extends Node {
  readonly kind: "string";
  readonly value: string;
}

export interface LiteralNode extends Node {
  readonly kind: "literal";
  readonly value: bigint | number | boolean | Uint8Array | null;
}

export interface EnumNode extends Node {
  readonly kind: "enum";
  readonly name: string;
}

/** `attributes["a"][0]`: a name and the keys behind it. */
export interface SegmentNode extends Node {
  readonly name: string;
  readonly keys: readonly ValueNode[];
}

/** `span.status.code`. The first segment may be a context: whoever resolves the path knows. */
export interface PathNode extends Node {
  readonly kind: "path";
  readonly segments: readonly SegmentNode[];
  readonly text: string;
}

export interface ArgumentNode extends Node {
  readonly name: string | undefined;
  readonly value: ValueNode;
}

export interface CallNode extends Node {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
  readonly keys: readonly ValueNode[];
}

/** A converter that is handed over and not called: `SHA256`. */
export interface FunctionNameNode extends Node {
  readonly kind: "functionName";
  readonly name: string;
}

export interface ListNode extends Node {
  readonly kind: "list";
  readonly items: readonly ValueNode[];
}

export interface MapNode extends Node {
  readonly kind: "map";
  readonly entries: readonly { readonly key: string; readonly value: ValueNode }[];
}

export interface MathNode extends Node {
  readonly kind: "math";
  readonly op: MathOp;
  readonly left: ValueNode;
  readonly right: ValueNode;
}

export interface NegationNode extends Node {
  readonly kind: "negation";
  readonly operand: ValueNode;
}

export type ValueNode =
  | StringNode
  | LiteralNode
  | EnumNode
  | PathNode
  | CallNode
  | FunctionNameNode
  | ListNode
  | MapNode
  | MathNode
  | NegationNode;

export type ConditionNode =
  | (Node & { readonly kind: "or" | "and"; readonly operands: readonly ConditionNode[] })
  | (Node & { readonly kind: "not"; readonly operand: ConditionNode })
  | (Node & { readonly kind: "compare"; readonly op: CompareOp; readonly left: ValueNode; readonly right: ValueNode })
  | (Node & { readonly kind: "constant"; readonly value: boolean })
  | CallNode;

export interface StatementNode extends Node {
  readonly editor: CallNode;
  readonly where: ConditionNode | undefined;
}
