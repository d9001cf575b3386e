import { LearnerError } from './errors.ts';
import type { Learner, ParamSpec } from './learner.ts';
import { fitLeastSquares, fitRidge } from './linear/least-squares.ts';
import { fitLogistic } from './linear/logistic.ts';
import { fitBoosting } from './trees/boosting.ts';
import { fitForest } from './trees/forest.ts';
import { fitTree } from './trees/tree.ts';

const LINEAR_ENCODING = { categories: 'one-hot', missing: 'median', scaling: 'standard' } as const;
const TREE_ENCODING = { categories: 'ordinal', missing: 'lowest', scaling: 'none' } as const;

const TREE_GROWTH: readonly ParamSpec[] = [
  { name: 'max_depth', type: 'integer', default: 'none', min: 1, max: 1000, choices: ['none'], describe: 'Deepest level of a tree.' },
  { name: 'min_samples_split', type: 'integer', default: 2, min: 2, describe: 'Rows that a node needs to be split.' },
  { name: 'min_samples_leaf', type: 'integer', default: 1, min: 1, describe: 'Rows that each side of a split must keep.' },
];

const MAX_FEATURES: Omit<ParamSpec, 'default'> = {
  name: 'max_features',
  type: 'number',
  min: 0.001,
  choices: ['all', 'sqrt', 'log2'],
  describe: 'Features tried at each split: a share up to 1, a count above 1, or a word.',
};

const BOOSTING_PARAMS: readonly ParamSpec[] = [
  {
    name: 'learning_rate',
    type: 'number',
    default: 0.1,
    min: 1e-6,
    max: 10,
    describe: 'What the values of each tree are multiplied with.',
  },
  { name: 'max_iter', type: 'integer', default: 100, min: 1, max: 100_000, describe: 'Most rounds; a round grows a tree per score.' },
  { name: 'max_leaf_nodes', type: 'integer', default: 31, min: 2, max: 4096, describe: 'Most leaves of a tree.' },
  { name: 'max_depth', type: 'integer', default: 'none', min: 1, max: 1000, choices: ['none'], describe: 'Deepest level of a tree.' },
  { name: 'min_samples_leaf', type: 'integer', default: 20, min: 1, describe: 'Rows that each side of a split must keep.' },
  { name: 'l2_regularization', type: 'number', default: 0, min: 0, describe: 'Strength of the squared penalty on leaf values.' },
  { name: 'max_bins', type: 'integer', default: 255, min: 2, max: 255, describe: 'Most bins that the values of a feature are put in.' },
  {
    name: 'early_stopping',
    type: 'choice',
    default: 'auto',
    choices: ['auto', 'on', 'off'],
    describe: 'Hold rows out and stop when they no longer gain; auto: above 10,000 rows.',
  },
  {
    name: 'validation_fraction',
    type: 'number',
    default: 0.1,
    min: 0.001,
    max: 0.9,
    describe: 'Share of the rows held out for early stopping.',
  },
  { name: 'n_iter_no_change', type: 'integer', default: 10, min: 1, max: 100_000, describe: 'Rounds without gain after which it stops.' },
  { name: 'tol', type: 'number', default: 1e-7, min: 0, describe: 'Loss that a round must gain to count.' },
];

/** Every learner, in the order in which choices are offered. */
export const learners: readonly Learner[] = [
  {
    name: 'linear',
    title: 'Linear regression',
    tasks: ['regression'],
    params: [],
    encoding: LINEAR_ENCODING,
    orderInvariant: true,
    fit: fitLeastSquares,
  },
  {
    name: 'ridge',
    title: 'Ridge regression',
    tasks: ['regression'],
    params: [{ name: 'alpha', type: 'number', default: 1, min: 0, describe: 'Strength of the squared penalty on the weights.' }],
    encoding: LINEAR_ENCODING,
    orderInvariant: true,
    fit: fitRidge,
  },
  {
    name: 'logistic',
    title: 'Logistic regression',
    tasks: ['classification'],
    params: [
      { name: 'C', type: 'number', default: 1, min: 1e-10, max: 1e10, describe: 'Inverse strength of the squared penalty on the weights.' },
      { name: 'max_iter', type: 'integer', default: 200, min: 1, max: 100_000, describe: 'Most steps of the optimiser.' },
      { name: 'tol', type: 'number', default: 1e-4, min: 0, max: 1, describe: 'Largest component of the gradient at which it stops.' },
    ],
    encoding: LINEAR_ENCODING,
    orderInvariant: true,
    fit: fitLogistic,
  },
  {
    name: 'tree',
    title: 'Decision tree',
    tasks: ['regression', 'classification'],
    params: [...TREE_GROWTH, { ...MAX_FEATURES, default: 'all' }],
    encoding: TREE_ENCODING,
    orderInvariant: true,
    fit: fitTree,
  },
  {
    name: 'forest',
    title: 'Random forest',
    tasks: ['regression', 'classification'],
    params: [
      { name: 'n_estimators', type: 'integer', default: 100, min: 1, max: 100_000, describe: 'Number of trees.' },
      ...TREE_GROWTH,
      { ...MAX_FEATURES, default: 'auto', choices: ['auto', 'all', 'sqrt', 'log2'] },
      { name: 'bootstrap', type: 'boolean', default: true, describe: 'Draw the rows of each tree with replacement.' },
    ],
    encoding: TREE_ENCODING,
    orderInvariant: false,
    fit: fitForest,
  },
  {
    name: 'boosting',
    title: 'Gradient boosting',
    tasks: ['regression', 'classification'],
    params: BOOSTING_PARAMS,
    encoding: TREE_ENCODING,
    orderInvariant: false,
    fit: fitBoosting,
  },
];

/** @throws LearnerError LEARNER_UNKNOWN naming the learners there are */
export function findLearner(name: string): Learner {
  const learner = learners.find((candidate) => candidate.name === name);
  if (!learner) {
    throw new LearnerError('LEARNER_UNKNOWN', `There is no learner '${name}'; there are: ${learners.map((each) => each.name).join(', ')}.`);
  }
  return learner;
}
