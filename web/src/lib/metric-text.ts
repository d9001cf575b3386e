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
