import type { Prediction } from '@/lib/api/predictions.ts';

/** Whether a classifier's answer turned out right. */
export const isRight = ({ prediction, actual }: Pick<Prediction, 'prediction' | 'actual'>): boolean =>
  String(prediction) === String(actual);
