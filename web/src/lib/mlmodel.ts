/** A column of a signature. `type` is MLflow's, or the type and shape of a tensor. */
export interface SignatureField {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
}

/** What people want to know of an MLmodel file. */
export interface MlModel {
  readonly flavors: readonly string[];
  readonly inputs: readonly SignatureField[];
  readonly outputs: readonly SignatureField[];
  readonly mlflowVersion: string | undefined;
}

/**
 * Reads an MLmodel file as MLflow writes it: YAML in blocks, with the signature as JSON in quoted scalars that may be folded over lines
 * (YAML 1.2.2, 7.3). Anything else in it is passed over.
 */
export function readMlModel(text: string): MlModel {
  const flavors = /^flavors:\n((?:[ \t]+.*\n?)*)/mu.exec(text)?.[1] ?? '';
  return {
    flavors: [...flavors.matchAll(/^ {2}([\w.-]+):/gmu)].map((match) => match[1] ?? ''),
    inputs: fieldsOf(scalar(text, 'inputs')),
    outputs: fieldsOf(scalar(text, 'outputs')),
    mlflowVersion: /^mlflow_version: *['"]?([^'"\n]+)/mu.exec(text)?.[1],
  };
}

function scalar(text: string, key: string): string | undefined {
  const single = new RegExp(`^ +${key}: *'((?:[^']|'')*)'`, 'mu').exec(text)?.[1];
  if (single !== undefined) return single.replace(/\n\s+/gu, ' ').replaceAll("''", "'");
  const double = new RegExp(`^ +${key}: *("(?:[^"\\\\]|\\\\[^])*")`, 'mu').exec(text)?.[1];
  if (double !== undefined) return parsed<string>(double.replace(/\\\n\s*/gu, '').replace(/\n\s+/gu, ' '));
  return new RegExp(`^ +${key}: *(\\[.*\\])$`, 'mu').exec(text)?.[1];
}

function parsed<T>(json: string): T | undefined {
  try {
    return JSON.parse(json) as T;
  } catch {
    return undefined;
  }
}

interface WireField {
  readonly name?: string;
  readonly type?: string;
  readonly required?: boolean;
  readonly 'tensor-spec'?: { readonly dtype?: string; readonly shape?: readonly number[] };
}

function fieldsOf(json: string | undefined): SignatureField[] {
  const fields = json === undefined ? undefined : parsed<WireField[]>(json);
  if (!Array.isArray(fields)) return [];
  return fields.map(({ name = '', type = '', required = true, 'tensor-spec': tensor }) => ({
    name,
    type: tensor ? `${tensor.dtype ?? 'tensor'} [${(tensor.shape ?? []).join(', ')}]` : type,
    isRequired: required,
  }));
}
