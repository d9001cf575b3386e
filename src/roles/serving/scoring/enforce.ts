import type { ModelField } from '#contract/model-schema.ts';
import type { Row } from '../model/plan.ts';
import type { ValueError } from '../protocol/validator.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import { fail } from './errors.ts';
import type { ScoringData } from './scoring-data.ts';

type Frame = Extract<ScoringData, { kind: 'frame' }>;

/**
 * Rows of a table as the model's signature wants them: columns found by name, extra ones ignored, text of a CSV read as the column's type.
 * @throws SCORING_SCHEMA_VIOLATED in MLflow's words
 */
export function enforceFrame({ model, validator }: LiveModel, frame: Frame): Row[] {
  const { fields } = model.schema;
  const refuse = refusal(fields, frame.rows.length);
  if (frame.rows.length === 0) throw refuse('the data has no rows');
  const places = placesOf(fields, frame.columns, refuse);
  const errors: ValueError[] = [];
  const rows: Row[] = [];
  for (const [r, cells] of frame.rows.entries()) {
    if (errors.length >= 100) break;
    const values = places.map((place, f) => {
      const cell = place === undefined ? null : (cells[place] ?? null);
      return frame.isText ? fromText(cell, fields[f] as ModelField) : cell;
    });
    rows.push(validator.listed(values, errors, frame.rows.length === 1 ? undefined : r));
  }
  if (errors.length > 0) throw refuse(told(errors));
  return rows;
}

/** Rows given as lists or objects, as KServe's V1 protocol and MLflow's tensor form of a tabular model send them. */
export function enforceInstances({ model, validator }: LiveModel, instances: readonly unknown[]): Row[] {
  const refuse = refusal(model.schema.fields, instances.length);
  if (instances.length === 0) throw refuse('the data has no rows');
  const errors: ValueError[] = [];
  const rows: Row[] = [];
  for (const [i, instance] of instances.entries()) {
    if (errors.length >= 100) break;
    const index = instances.length === 1 ? undefined : i;
    if (Array.isArray(instance)) rows.push(validator.listed(instance, errors, index));
    else if (typeof instance === 'object' && instance !== null)
      rows.push(validator.named(instance as Record<string, unknown>, errors, index));
    else rows.push(validator.listed([instance], errors, index));
  }
  if (errors.length > 0) throw refuse(told(errors));
  return rows;
}

function refusal(fields: readonly ModelField[], rows: number) {
  const shown = fields.map((f) => `'${f.name}': ${f.type} (${f.required ? 'required' : 'optional'})`);
  const schema = `[${shown.slice(0, 20).join(', ')}${shown.length > 20 ? ', …' : ''}]`;
  return (reason: string) => fail.schemaViolated({ rows, schema, reason });
}

function told(errors: readonly ValueError[]): string {
  const first = errors.slice(0, 5).map((e) => `${e.row === undefined ? '' : `row ${e.row}, `}column '${e.field}' ${e.message}`);
  return first.join('; ') + (errors.length > 5 ? `; and ${errors.length - 5} more` : '');
}

/** Where each field's values stand in a row; undefined for an optional one that is not there. */
function placesOf(
  fields: readonly ModelField[],
  columns: readonly string[] | undefined,
  refuse: (reason: string) => Error,
): (number | undefined)[] {
  // Names that were made up for a signature without names (`x0`, `x1`, …) cannot be asked of anybody.
  const isUnnamed = columns === undefined || (fields.every((f, i) => f.name === `x${i}`) && !columns.includes('x0'));
  if (isUnnamed) {
    if (columns !== undefined && columns.length < fields.length)
      throw refuse(
        `Model inference is missing inputs. The model signature declares ${fields.length} inputs  but the provided value only has ${columns.length} inputs. Note: the inputs were not named in the signature so we can only verify their count.`,
      );
    return fields.map((_, i) => i);
  }
  const places = fields.map((field) => {
    const own = [field.name, ...(field.aliases ?? [])].map((name) => columns.indexOf(name)).find((at) => at >= 0);
    return own;
  });
  const list = (names: readonly string[]) => `[${names.map((n) => `'${n.slice(0, 60)}'`).join(', ')}]`;
  const missing = fields.filter((f, i) => places[i] === undefined && f.required).map((f) => f.name);
  const extra = columns.filter((_, i) => !places.includes(i)).slice(0, 20);
  if (missing.length > 0)
    throw refuse(
      `Model is missing inputs ${list(missing)}.${extra.length > 0 ? ` Note that there were extra inputs: ${list(extra)}.` : ''}`,
    );
  return places;
}

/** A CSV cell in the column's type; what is no such value stays text, for the validator to name it. */
function fromText(cell: unknown, { type }: ModelField): unknown {
  if (typeof cell !== 'string' || type === 'string') return cell;
  if (type === 'boolean') return /^true$/iu.test(cell) ? true : /^false$/iu.test(cell) ? false : cell;
  const number = Number(cell);
  return cell.trim() === '' || Number.isNaN(number) ? (/^\s*nan\s*$/iu.test(cell) ? null : cell) : number;
}
