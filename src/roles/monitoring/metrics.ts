import type { MetricSpec } from '#http/metrics.ts';

const model = ['deployment', 'model', 'version'] as const;

export const metrics = {
  accuracy: {
    name: 'model_accuracy',
    type: 'gauge',
    help: 'Share of labelled predictions that were right, over the quality window',
    labels: model,
  },
  precision: {
    name: 'model_precision',
    type: 'gauge',
    help: 'Precision weighted by class support, over the quality window',
    labels: model,
  },
  rmse: {
    name: 'model_rmse',
    type: 'gauge',
    help: 'Root mean squared error of labelled predictions, over the quality window',
    labels: model,
  },
  labelled: { name: 'model_labelled_predictions', type: 'gauge', help: 'Labelled predictions in the quality window', labels: model },
  drift: {
    name: 'feature_drift_psi',
    type: 'gauge',
    help: 'Population stability index of a feature, over the drift window',
    labels: ['deployment', 'feature'],
  },
  driftedShare: {
    name: 'drifted_features_ratio',
    type: 'gauge',
    help: 'Share of features whose drift is above the threshold',
    labels: ['deployment'],
  },
  folded: { name: 'monitoring_events_folded_total', type: 'counter', help: 'Predictions counted into windows' },
} as const satisfies Record<string, MetricSpec>;
