/** A value for one key, with the place where it was set. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly from: string;
}
