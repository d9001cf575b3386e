import { aliasProblem, aliasReserved, modelNameProblem } from '#contract/http/mlflow/names.ts';
import { deploymentNameProblem } from '#contract/http/platform/deployments.ts';
import type { TrainRequest } from '#contract/http/platform/training.ts';
import { LearnerError } from '#learners/errors.ts';
import { effectiveParams } from '#learners/params.ts';
import { findLearner } from '#learners/registry.ts';
import { fail } from './errors.ts';

/** What can be said of a request before its data is read: a wrong name should not be told after an hour of fitting. @throws TRAINING_REQUEST_REFUSED */
export function checkRequest(request: TrainRequest): void {
  const detail = problemOf(request);
  if (detail !== undefined) throw fail.requestRefused({ detail });
}

function problemOf(request: TrainRequest): string | undefined {
  const { deploy, register, alias, promotion } = request;
  if (alias !== undefined && register === undefined && deploy === undefined)
    return "'alias' needs a registered model: name it with 'register'.";
  if (deploy !== undefined && promotion === 'never') return "'deploy' serves what an alias names; with promotion 'never' no alias is set.";
  return nameProblem(request) ?? learnerProblem(request);
}

function nameProblem({ deploy, register, alias }: TrainRequest): string | undefined {
  const model = register ?? deploy;
  return (
    (deploy === undefined ? undefined : deploymentNameProblem(deploy)) ??
    (model === undefined ? undefined : modelNameProblem(model)) ??
    (alias === undefined ? undefined : (aliasProblem(alias) ?? aliasReserved(alias)))
  );
}

function learnerProblem({ learner = [], params = {}, folds, validation_size }: TrainRequest): string | undefined {
  const choices = typeof learner === 'string' ? [learner] : learner;
  if (choices.length > 1 && folds !== undefined && folds < 2 && validation_size === 0)
    return "Several learners need rows to be chosen by, and the test rows are for the last word: ask for 'folds' from 2 or leave 'validation_size' out.";
  try {
    for (const choice of choices) {
      const own = typeof choice === 'string' ? {} : (choice.params ?? {});
      effectiveParams(findLearner(typeof choice === 'string' ? choice : choice.learner), {
        ...(choices.length === 1 ? params : {}),
        ...own,
      });
    }
    return undefined;
  } catch (error) {
    if (error instanceof LearnerError) return error.message;
    throw error;
  }
}
