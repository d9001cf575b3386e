/** What a filled server holds: ids of experiments and of the three runs of `churn`, oldest first. */
export interface Filled {
  readonly empty: string;
  readonly churn: string;
  readonly many: string;
  readonly runs: readonly string[];
  /** Runs of `many`; every other one has the booster `dart`. */
  readonly count: number;
}

type Json = Record<string, unknown>;
type Call = <T>(path: string, body: Json) => Promise<T>;

const COUNT = 900;
const NAMES = ['logistic', 'gradient-boosting', 'forest-500'] as const;

const MLMODEL = (runId: string) => `artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.sklearn
  sklearn:
    sklearn_version: 1.7.0
mlflow_version: 3.12.0
run_id: ${runId}
signature:
  inputs: '[{"type": "long", "name": "tenure", "required": true}, {"type": "double",
    "name": "monthly_charges", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "object", "shape": [-1]}}]'
  params: null
`;

/** A red point. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** Fills a server through MLflow's REST, as a client would. */
export async function fillTracking(url: string): Promise<Filled> {
  const call: Call = async <T>(path: string, body: Json): Promise<T> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const experiment = async (name: string) =>
    (await call<{ experiment_id: string }>('/api/2.0/mlflow/experiments/create', { name })).experiment_id;
  const empty = await experiment('nothing-yet');
  const churn = await experiment('churn-baseline');
  const runs: string[] = [];
  for (const i of NAMES.keys()) runs.push(await fillRun({ call, url, churn }, i));
  for (const fold of [0, 1]) {
    const tags = [{ key: 'mlflow.parentRunId', value: runs[1] }];
    await call('/api/2.0/mlflow/runs/create', { experiment_id: churn, run_name: `fold-${fold}`, start_time: Date.now(), tags });
  }
  for (const [version, reason] of [
    ['1', 'first'],
    ['2', 'better recall'],
  ] as const)
    await call('/api/v1/registry/alias', { name: 'churn', alias: 'production', version, reason });
  const many = await experiment('hyperparameter-search');
  await fillMany(call, many);
  return { empty, churn, many, runs, count: COUNT };
}

interface Filling {
  readonly call: Call;
  readonly url: string;
  readonly churn: string;
}

async function fillRun({ call, url, churn }: Filling, i: number): Promise<string> {
  const start = Date.now() - (4 - i) * 3_600_000;
  const { run } = await call<{ run: { info: { run_id: string; artifact_uri: string } } }>('/api/2.0/mlflow/runs/create', {
    experiment_id: churn,
    run_name: NAMES[i],
    start_time: start,
    tags: [{ key: 'mlflow.user', value: 'ada' }],
  });
  const { run_id, artifact_uri } = run.info;
  const params = { learner: ['logistic', 'gbdt', 'forest'][i], max_depth: String(i * 6), seed: '7' };
  const curve = Array.from({ length: 60 }, (_, step) => ({ key: 'val_loss', value: 1 / (step + 1), step, timestamp: start + step * 1000 }));
  await call('/api/2.0/mlflow/runs/log-batch', {
    run_id,
    params: Object.entries(params).map(([key, value]) => ({ key, value })),
    metrics: [{ key: 'test_accuracy', value: 0.78 + i * 0.02, step: 0, timestamp: start }, ...curve],
  });
  await call('/api/2.0/mlflow/runs/log-inputs', {
    run_id,
    datasets: [{ dataset: { name: 'telco', digest: '8f1c0a9b', source_type: 'local', source: '{"uri":"telco.csv"}' } }],
  });
  const files: Record<string, string | Buffer> = {
    'model/MLmodel': MLMODEL(run_id),
    'report/metrics.json': '{"accuracy": 0.8}',
    'report/importance.csv': 'feature,importance\n"a, b",0.5\nc,0.25\n',
    'report/page.html': '<h1>Report</h1><img src="https://example.com/x.png"><script>document.body.innerHTML = "script ran"</script>',
    'confusion.png': Buffer.from(PNG, 'base64'),
    'weights.bin': Buffer.alloc(64),
  };
  for (const [path, body] of Object.entries(files)) {
    const at = `${url}/api/2.0/mlflow-artifacts/artifacts/${artifact_uri.replace(/^mlflow-artifacts:\/+/u, '')}/${path}`;
    const response = await fetch(at, { method: 'PUT', body: typeof body === 'string' ? body : new Uint8Array(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  }
  await call('/api/2.0/mlflow/runs/update', { run_id, status: 'FINISHED', end_time: start + 1_000_000 });
  await call('/api/v1/registry/models', { name: 'churn' });
  await call('/api/2.0/mlflow/model-versions/create', { name: 'churn', source: `${artifact_uri}/model`, run_id });
  return run_id;
}

async function fillMany(call: Call, experiment_id: string): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < COUNT; i = next++) {
      const start = Date.now() - (COUNT - i) * 60_000;
      const { run } = await call<{ run: { info: { run_id: string } } }>('/api/2.0/mlflow/runs/create', {
        experiment_id,
        run_name: `trial-${i}`,
        start_time: start,
      });
      await call('/api/2.0/mlflow/runs/log-batch', {
        run_id: run.info.run_id,
        params: [{ key: 'booster', value: i % 2 === 0 ? 'dart' : 'gbtree' }],
        metrics: ['accuracy', 'log_loss'].map((key, k) => ({ key, value: Math.abs(Math.sin(i + k)), step: 0, timestamp: start })),
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
