import { present } from '#http/mlflow/wire-values.ts';
import type { ScorerVersion } from '../../store/scorers/scorers.ts';

const MOST_INT32 = 2 ** 31 - 1;

/** The answer's id of the experiment has 32 bits (MLflow protos/service.proto); a larger one is left out, as the caller has it. */
export function scorerToWire({ experiment_id, scorer_id, name, version, serialized, creation_time }: ScorerVersion): unknown {
  const experiment = Number(experiment_id);
  return present({
    experiment_id: experiment <= MOST_INT32 ? experiment : undefined,
    scorer_name: name,
    scorer_version: version,
    serialized_scorer: serialized,
    creation_time,
    scorer_id,
  });
}
