/** Experiments with no, three and many logged models, made through MLflow's REST as a client would. */
export interface FilledModels {
  readonly none: string;
  readonly three: string;
  readonly many: string;
  readonly run: string;
  /** Ids of the three, in their order of creation; the first is registered as `vision` 1. */
  readonly models: readonly string[];
  readonly count: number;
}

const COUNT = 3000;
const AT_ONCE = 20;
const FILE = `flavors:
  python_function:
    loader_module: mlflow.sklearn
signature:
  inputs: '[{"type": "double", "name": "width", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "object", "shape": [-1]}}]'
  params: null
`;

interface Made {
  readonly info: { readonly model_id: string; readonly artifact_uri: string };
}

interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
  readonly model_id: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

export async function fillModels(url: string): Promise<FilledModels> {
  const send = async <T>(method: string, path: string, body: unknown): Promise<T> => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const experiment = async (name: string) => (await send<{ experiment_id: string }>('POST', 'experiments/create', { name })).experiment_id;
  const newRun = async (experiment_id: string) =>
    (
      await send<{ run: { info: { run_id: string } } }>('POST', 'runs/create', {
        experiment_id,
        run_name: 'trainer',
        start_time: Date.now(),
      })
    ).run.info.run_id;
  const create = async (body: object) => (await send<{ model: Made }>('POST', 'logged-models', body)).model;
  const ready = (id: string) => send('PATCH', `logged-models/${id}`, { status: 'LOGGED_MODEL_READY' });

  const [none, three, many] = [await experiment('no models'), await experiment('three models'), await experiment('many models')];
  const run = await newRun(three);
  const made: Made[] = [];
  for (const name of ['resnet', 'vit', 'mobile'])
    made.push(
      await create({
        ...{ experiment_id: three, name, source_run_id: run, model_type: 'classifier' },
        params: [{ key: 'depth', value: '18' }],
        tags: [{ key: 'team', value: 'vision' }],
      }),
    );
  const models = made.map(({ info }) => info.model_id);
  const [first = '', second = ''] = models;
  await ready(first);
  await send('PATCH', `logged-models/${second}`, { status: 'LOGGED_MODEL_UPLOAD_FAILED' });
  const uri = made[0]?.info.artifact_uri ?? '';
  const file = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${uri.replace(/^mlflow-artifacts:\//u, '')}/MLmodel`, {
    method: 'PUT',
    body: FILE,
  });
  if (!file.ok) throw new Error(await file.text());
  const point = { timestamp: 1, step: 0 };
  const metrics: Metric[] = [
    { ...point, key: 'accuracy', value: 0.91, model_id: first, dataset_name: 'holdout', dataset_digest: 'abc' },
    { ...point, key: 'accuracy', value: 0.97, model_id: first, dataset_name: 'train', dataset_digest: 'def' },
    { ...point, key: 'log_loss', value: 0.3, model_id: first },
    { ...point, key: 'accuracy', value: 0.84, model_id: second },
  ];
  await send('POST', 'runs/log-batch', { run_id: run, metrics });
  await send('POST', 'runs/outputs', { run_id: run, models: models.map((model_id) => ({ model_id, step: 0 })) });
  await send('POST', 'registered-models/create', { name: 'vision' });
  await send('POST', 'model-versions/create', { name: 'vision', source: `models:/${first}`, run_id: run, model_id: first });
  await fillMany();
  return { none, three, many, run, models, count: COUNT };

  async function fillMany(): Promise<void> {
    const source_run_id = await newRun(many);
    const ids: string[] = [];
    for (let at = 0; at < COUNT; at += AT_ONCE) {
      const part = Array.from({ length: AT_ONCE }, (_, i) => create({ experiment_id: many, name: `trial-${at + i}`, source_run_id }));
      ids.push(...(await Promise.all(part)).map(({ info }) => info.model_id));
    }
    for (let at = 0; at < COUNT; at += 1000) {
      const values = ids.slice(at, at + 1000).map((model_id, i) => ({ ...point, key: 'accuracy', value: (at + i) / COUNT, model_id }));
      await send('POST', 'runs/log-batch', { run_id: source_run_id, metrics: values });
    }
  }
}
