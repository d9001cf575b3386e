import { type PagePlace, writePageToken } from '#contract/http/mlflow/page-token.ts';
import { present, wireDouble } from '#http/mlflow/wire-values.ts';
import type { Experiment, LoggedModel, Metric, ModelMetric, Run, RunInfo } from './entities.ts';

export function experimentToWire(experiment: Experiment): unknown {
  return present({ ...experiment });
}

export function runInfoToWire(info: RunInfo): unknown {
  return present({ run_uuid: info.run_id, ...info });
}

export function metricToWire(metric: Metric): Metric | unknown {
  return { key: metric.key, value: wireDouble(metric.value), timestamp: metric.timestamp, step: metric.step };
}

/** A run as `runs/get` gives it; searches leave out the models that it read, as upstream does. */
export function runToWire(run: Run, withModelInputs: boolean): unknown {
  const datasets = run.datasets.map(({ tags, ...dataset }) => present({ tags, dataset: present(dataset) }));
  const models = withModelInputs ? run.modelInputs.map((model_id) => ({ model_id })) : [];
  return {
    info: runInfoToWire(run.info),
    data: present({ metrics: run.metrics.map(metricToWire), params: run.params, tags: run.tags }),
    inputs: present({ dataset_inputs: datasets, model_inputs: models }),
    outputs: present({ model_outputs: run.modelOutputs }),
  };
}

export function loggedModelToWire(model: LoggedModel): unknown {
  const { params, metrics, lifecycle_stage: _stage, source_run_id, ...info } = model;
  return {
    info: present({ ...info, source_run_id: source_run_id || undefined }),
    data: present({ params, metrics: metrics.map(modelMetricToWire) }),
  };
}

function modelMetricToWire({ dataset_name, dataset_digest, ...metric }: ModelMetric): unknown {
  const dataset = { dataset_name: dataset_name || undefined, dataset_digest: dataset_digest || undefined };
  return present({ ...metric, value: wireDouble(metric.value), ...dataset });
}

/** `next_page_token`, absent on the last page. @param query what the token may only be used with */
export function nextToken(next: PagePlace | undefined, query: string): { next_page_token?: string } {
  return next ? { next_page_token: writePageToken(next, query) } : {};
}
