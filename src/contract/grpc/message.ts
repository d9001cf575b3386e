/**
 * A protobuf message as data: field number → name and kind. `int` and `uint` are the 32- and 64-bit varints read as numbers, `big` and `ubig` the 64-bit ones
 * kept exact as BigInt, `fixed64` eight bytes as an unsigned BigInt.
 */
export interface MessageShape {
  readonly [number: number]: FieldShape;
}

export type ScalarKind = 'string' | 'bytes' | 'bool' | 'int' | 'uint' | 'big' | 'ubig' | 'fixed64' | 'float' | 'double';

export interface FieldShape {
  readonly name: string;
  readonly kind: ScalarKind | MessageShape;
  readonly repeated?: boolean;
  /** A map from text to messages or scalars of this kind; travels as repeated entries of key and value. */
  readonly map?: boolean;
}
