import { stringify } from 'yaml';
import { ModelLimits, type ModelSchema } from '#contract/model-schema.ts';

/** Name of the model's file beside its MLmodel. */
export const ONNX_FILE = 'model.onnx';

/** Columns that callers know, for a file that has none of its own. */
export function signatureOf({ fields, target, task, classes = [] }: ModelSchema): Signature {
  const answer = task !== 'classification' ? 'double' : typeof classes[0] === 'number' ? 'long' : 'string';
  return {
    inputs: JSON.stringify(fields.map(({ type, name, required }) => ({ type, name, required }))),
    outputs: JSON.stringify([{ type: answer, name: target, required: true }]),
    params: null,
  };
}

/** What a version's callers are held to, for the next one; undefined where there is nothing. What training saw stays with the version that it trained. */
export function limitsOf({ fields, rules = [] }: ModelSchema): ModelLimits | undefined {
  const limited = fields.map((field) => ModelLimits.shape.fields.element.parse(field)).filter((field) => Object.keys(field).length > 2);
  return limited.length === 0 && rules.length === 0 ? undefined : { fields: limited, rules };
}

/** A signature as MLmodel files hold it. */
export interface Signature {
  readonly inputs: string;
  readonly outputs: string;
  readonly params: null;
}

/** What makes a folder with an ONNX file an MLflow model. */
export function mlmodelText(signature: Signature | undefined): string {
  return stringify({
    flavors: {
      onnx: { data: ONNX_FILE, providers: ['CPUExecutionProvider'] },
      python_function: { data: ONNX_FILE, loader_module: 'mlflow.onnx' },
    },
    ...(signature === undefined ? {} : { signature }),
  });
}
