import type { InterfaceChange } from '#contract/http/platform/uploads.ts';
import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import { kindOf } from '../model/schema.ts';

const LIMITS = ['min', 'max', 'exclusive_min', 'exclusive_max', 'enum'] as const;
const MAX_NAMED = 5;

/** What callers of one version would notice of another. */
export function interfaceChanges(live: ModelSchema, next: ModelSchema): InterfaceChange[] {
  const changes = [...fieldChanges(live.fields, next.fields), ...answerChanges(live, next)];
  const unchecked = live.fields.filter((f) => LIMITS.some((key) => f[key] !== undefined) && next.fields.some((n) => isUnlimited(n, f)));
  if (unchecked.length > 0) changes.push(note(`Limits of ${listed(unchecked)} will no longer be checked.`));
  if ((live.rules ?? []).length > 0 && (next.rules ?? []).length === 0)
    changes.push(note('Rules between fields will no longer be checked.'));
  return changes;
}

function fieldChanges(live: readonly ModelField[], next: readonly ModelField[]): InterfaceChange[] {
  const before = new Map(live.map((field) => [field.name, field]));
  const after = new Map(next.map((field) => [field.name, field]));
  const gone = live.filter(({ name }) => !after.has(name));
  const added = next.filter(({ name }) => !before.has(name));
  const asked = added.filter(({ required }) => required);
  const changes: InterfaceChange[] = [];
  if (gone.length > 0) changes.push(breaks(`The file does not take ${listed(gone)}, which callers send now.`));
  if (asked.length > 0) changes.push(breaks(`The file needs ${listed(asked)}, which callers do not send now.`));
  for (const field of next) {
    const old = before.get(field.name);
    if (old === undefined) continue;
    if (kindOf(old) !== kindOf(field)) changes.push(breaks(`${field.name} is ${field.type} in the file, ${old.type} now.`));
    else if (isWhole(field) && !isWhole(old)) changes.push(breaks(`${field.name} takes only whole numbers in the file.`));
    if (field.required && !old.required) changes.push(breaks(`${field.name} may be left out now, the file needs it.`));
  }
  const isMoved = gone.length + added.length === 0 && live.some(({ name }, i) => next[i]?.name !== name);
  if (isMoved) changes.push(breaks('The fields stand in another order, which callers that send lists would notice.'));
  return changes;
}

function answerChanges(live: ModelSchema, next: ModelSchema): InterfaceChange[] {
  if (live.task !== next.task) return [breaks(`The file does ${next.task}, the live version ${live.task}.`)];
  const [now, then] = [live.classes ?? [], next.classes ?? []].map((classes) => classes.map(String));
  if (live.task === 'classification' && [...(now ?? [])].sort().join('\n') !== [...(then ?? [])].sort().join('\n'))
    return [breaks(`Its labels are ${words(then ?? [])}, those of the live version ${words(now ?? [])}.`)];
  return live.target === next.target ? [] : [note(`It calls its answer '${next.target}', the live version '${live.target}'.`)];
}

const breaks = (message: string): InterfaceChange => ({ level: 'breaks', message });
const note = (message: string): InterfaceChange => ({ level: 'note', message });
const isUnlimited = (field: ModelField, old: ModelField): boolean =>
  field.name === old.name && LIMITS.some((key) => old[key] !== undefined && field[key] === undefined);
const isWhole = ({ type }: ModelField): boolean => type === 'integer' || type === 'long';
const listed = (fields: readonly ModelField[]): string => words(fields.map(({ name }) => name));

function words(all: readonly string[]): string {
  if (all.length === 0) return 'unknown';
  const rest = all.length - MAX_NAMED;
  return all.slice(0, MAX_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
