import { fail } from '../errors.ts';

/** What a `models:/` reference names. */
export type Reference =
  | { readonly name: string; readonly version: number }
  | { readonly name: string; readonly alias: string }
  | { readonly name: string; readonly stage: string };

/** Reads `models:/NAME/3`, `models:/NAME@alias`, `models:/NAME/Stage` and `models:/NAME/latest`. @throws REGISTRY_REFERENCE_INVALID */
export function parseReference(reference: string): Reference {
  const [, path] = /^models:\/{1,3}([^/].*)$/su.exec(reference) ?? [];
  const parts = path?.split('/') ?? [];
  const [name = '', suffix] = parts;
  if (parts.length === 2 && name !== '' && suffix) {
    return /^\d{1,9}$/u.test(suffix) ? { name, version: Number(suffix) } : { name, stage: suffix };
  }
  const at = name.lastIndexOf('@');
  if (parts.length === 1 && at > 0 && at < name.length - 1) return { name: name.slice(0, at), alias: name.slice(at + 1) };
  throw fail.referenceInvalid({ reference });
}
