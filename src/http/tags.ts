/** The groups of the API documentation, in its order, with what each holds. */
export const TAGS = {
  predict: 'Predictions by the plain API, and the model behind it',
  'open inference protocol': 'Predictions on tensors (Open Inference Protocol v2), and its model repository',
  scoring: 'Predictions by the protocols of KServe V1 and of MLflow scoring servers',
  predictions: 'Recorded predictions, their figures, and their true outcomes',
  deployments: 'What is served under which name, promotion and rollback',
  monitors: 'Drift, quality and shadow comparison of deployments',
  training: 'Data files, training jobs, learners',
  tracking: 'Experiments, runs, metrics and traces (MLflow)',
  registry: 'Registered models, versions, aliases and webhooks (MLflow)',
  artifacts: 'Files of runs and models (MLflow)',
  system: 'Health, metrics, what runs here',
  cluster: 'What processes of one installation ask of each other',
} as const;

/** Name of a group. */
export type Tag = keyof typeof TAGS;
