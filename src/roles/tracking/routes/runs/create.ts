import { CreateRun } from '#contract/http/mlflow/runs.ts';
import { refuse } from '#http/mlflow/input.ts';
import { randomHex } from '#kernel/ids.ts';
import { checkExperimentId, checkedTag, checkLength } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { runToWire } from '../../wire.ts';
import { randomRunName } from '../run-names.ts';

const NAME_TAG = 'mlflow.runName';

/** POST /api/2.0/mlflow/runs/create */
export const createRun = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/create',
  summary: 'Start a run',
  access: 'editor',
  input: CreateRun,
  async handle({ store, clock }, { experiment_id, user_id, run_name, start_time, tags }) {
    const experiment = experiment_id || '0';
    checkExperimentId(experiment);
    checkLength('user_id', user_id, 256);
    const given = (tags ?? []).map((tag, i) => checkedTag(tag, `tags[${i}].`));
    const tagged = given.find(({ key }) => key === NAME_TAG)?.value;
    if (run_name && tagged && run_name !== tagged) {
      throw refuse(
        `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${run_name}', mlflow.runName='${tagged}').`,
      );
    }
    const name = checkedTag({ key: NAME_TAG, value: run_name || tagged || randomRunName() });
    const all = [...given.filter(({ key }) => key !== NAME_TAG), name];
    const fresh = {
      run_id: randomHex(32),
      experiment_id: experiment,
      name: name.value,
      user_id: user_id ?? '',
      start_time: start_time ?? clock.now(),
    };
    const info = await store.createRun({ ...fresh, tags: all });
    const none = { metrics: [], params: [], datasets: [], modelInputs: [], modelOutputs: [] };
    return { run: runToWire({ info, tags: all, ...none }, true) };
  },
});
