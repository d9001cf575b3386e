import type { ReferenceColumn, ReferenceProfile } from '#contract/model-schema.ts';
import { type Column, OTHER_CATEGORY, type Prediction, type Table, type Target } from '#learners/table.ts';
import { profileCategories, profileNumbers } from '#stats/profile.ts';

/** What a profile is drawn from: the rows that the model was fitted on, and its answers to others, for it is surer of those that it knows. */
export interface ProfileInput {
  readonly source: string;
  readonly table: Table;
  readonly target: Target;
  readonly prediction: Prediction;
}

/** Freezes the bins that monitoring counts into, and the counts of the training rows in them. */
export function referenceProfile({ source, table, target, prediction }: ProfileInput): ReferenceProfile {
  return {
    version: 1,
    source,
    rows: table.rows,
    columns: table.columns.map(profileColumn),
    prediction: profileAnswers('prediction', target, prediction),
    target: profileAnswers(target.name, target, target),
  };
}

function profileColumn(column: Column): ReferenceColumn {
  if (column.kind === 'number') return profileNumbers(column.name, column.values);
  const profile = profileCategories(column.name, labelled(column.codes, column.categories));
  // Rows of rare categories share the last bin: callers who send one send nothing unusual, and nothing is missing.
  const others = column.codes.reduce((sum, code) => sum + (code === OTHER_CATEGORY ? 1 : 0), 0);
  const counts = profile.counts.with(-1, profile.counts.at(-1)! + others);
  return { ...profile, missing: profile.missing - others, counts };
}

function profileAnswers(name: string, target: Target, answers: Prediction | Target): ReferenceColumn {
  if (answers.kind === 'regression') return profileNumbers(name, answers.values);
  return profileCategories(name, labelled(answers.codes, target.kind === 'classification' ? target.classes.map(String) : []));
}

/** Labels by code; −1 is missing. */
function* labelled(codes: Int32Array, labels: readonly string[]): Generator<string | null> {
  for (const code of codes) yield labels[code] ?? null;
}
