import { confusionMatrix } from '#learners/metrics.ts';
import type { FittedPipeline } from '#learners/pipeline.ts';
import type { Prediction, Target } from '#learners/table.ts';
import { confusionPlot, importancePlot, residualPlot } from './plots.ts';

/** Files of a run that show how a model decides and where it errs, by path. */
export function modelFiles(pipeline: FittedPipeline, target: Target, answers: Prediction): Record<string, string> {
  const files: Record<string, string> = {
    'feature_importance.json': `${JSON.stringify(pipeline.importance, null, 2)}\n`,
    'feature_importance.svg': importancePlot(pipeline.importance),
  };
  if (pipeline.coefficients.length > 0) files['coefficients.json'] = `${JSON.stringify(pipeline.coefficients, null, 2)}\n`;
  return { ...files, ...errorFiles(target, answers) };
}

function errorFiles(target: Target, answers: Prediction): Record<string, string> {
  if (target.kind === 'regression')
    return answers.kind === 'regression' ? { 'residuals.svg': residualPlot(target.values, answers.values) } : {};
  if (answers.kind !== 'classification') return {};
  const counts = confusionMatrix(target.codes, answers.codes, target.classes.length);
  const picture = confusionPlot(counts, target.classes);
  const n = target.classes.length;
  const matrix = target.classes.map((_, row) => Array.from(counts.subarray(row * n, (row + 1) * n)));
  const json = `${JSON.stringify({ classes: target.classes, rows: 'actual', columns: 'predicted', counts: matrix })}\n`;
  return { 'confusion_matrix.json': json, ...(picture === '' ? {} : { 'confusion_matrix.svg': picture }) };
}
