import type { Trained, TrainedModel } from '../fit/messages.ts';

type Column = readonly [heading: string, metric: string];

const REGRESSION: readonly Column[] = [
  ['Train_RMSE', 'train_rmse'],
  ['Val_RMSE', 'val_rmse'],
  ['Val_MAE', 'val_mae'],
  ['Val_R2', 'val_r2_score'],
  ['Training_Time', 'training_time_seconds'],
];
const CLASSIFICATION: readonly Column[] = [
  ['Train_Accuracy', 'train_accuracy'],
  ['Val_Accuracy', 'val_accuracy'],
  ['Val_F1', 'val_f1_weighted'],
  ['Val_LogLoss', 'val_log_loss'],
  ['Training_Time', 'training_time_seconds'],
];

/** System 002's `model_comparison.csv`: a line per learner, the best first. Without validation rows the folds' means stand in. */
export function comparisonCsv({ models, best, schema, rows, folds }: Trained): string {
  const columns = schema.task === 'regression' ? REGRESSION : CLASSIFICATION;
  const prefix = rows.validation > 0 ? 'val_' : folds > 1 ? 'cv_mean_' : 'test_';
  const value = (model: TrainedModel, metric: string): number => model.metrics[metric.replace(/^val_/u, prefix)] ?? Number.NaN;
  const sign = schema.task === 'regression' ? 1 : -1;
  const order = models
    .map((_, i) => i)
    .sort(
      (a, b) => Number(b === best) - Number(a === best) || sign * (value(models[a]!, columns[1]![1]) - value(models[b]!, columns[1]![1])),
    );
  const lines = order.map((i) =>
    [models[i]!.learner, ...columns.map(([, metric]) => String(value(models[i]!, metric))), i === best ? 'True' : 'False'].join(','),
  );
  return `${['Model', ...columns.map(([heading]) => heading), 'Is_Best'].join(',')}\n${lines.join('\n')}\n`;
}
