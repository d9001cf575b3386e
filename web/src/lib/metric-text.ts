import { percent, significant } from './format.ts';

/** Metrics that are shares and read best as per cent; R² may be negative and is not one. */
const SHARE = /^(?:accuracy|balanced_accuracy|precision|recall|f1)(?:_|$)/u;

export function metricText(name: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return SHARE.test(name) ? percent(value) : significant(value, 4);
}

const SPOKEN: Readonly<Record<string, string>> = {
  rmse: 'RMSE',
  mae: 'MAE',
  mse: 'MSE',
  r2: 'R²',
  f1: 'F1',
  mape: 'MAPE',
  log_loss: 'log loss',
  kappa: 'Cohen’s κ',
  mcc: 'MCC',
};

export const metricName = (name: string): string => SPOKEN[name] ?? name.replaceAll('_', ' ');

/** Held-out figures say most, then validation, folds, training; spreads and times come last. */
const PREFIXES = [/^(?:test|eval|holdout)_/u, /^(?!val|cv|train|fit|system\/|n_)/u, /^val/u, /^cv_mean_/u, /^train_/u];
const LEADING = [
  'accuracy',
  'rmse',
  'f1_macro',
  'f1',
  'mae',
  'r2',
  'r2_score',
  'log_loss',
  'roc_auc',
  'f1_weighted',
  'precision_macro',
  'recall_macro',
];

function rankOf(name: string): number {
  const prefix = /seconds|_ms$|time/u.test(name) ? -1 : PREFIXES.findIndex((pattern) => pattern.test(name));
  const place = LEADING.indexOf(name.replace(/^(?:test|eval|holdout|val|cv_mean|train)_/u, ''));
  return (prefix < 0 ? PREFIXES.length : prefix) * 100 + (place < 0 ? LEADING.length : place);
}

/** Metric names of a run, those that people look for first. */
export const byImportance = (names: readonly string[]): string[] => [...names].sort((a, b) => rankOf(a) - rankOf(b));
