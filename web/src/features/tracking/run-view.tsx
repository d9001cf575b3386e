import { CopyId } from '@/components/copy.tsx';
import { Facts } from '@/components/panel.tsx';
import type { Run } from '@/lib/api/mlflow.ts';
import { significant } from '@/lib/format.ts';
import { byImportance } from '@/lib/metric-text.ts';
import css from './run-view.module.css';

/** One run: what went in, what came out. */
export function RunView({ run }: { run: Run }) {
  const datasets = run.inputs?.dataset_inputs ?? [];
  const logged = new Map((run.data.metrics ?? []).map(({ key, value }) => [key, Number(value)]));
  const metrics = byImportance([...logged.keys()]).map((name) => [name, significant(logged.get(name) ?? Number.NaN, 6)] as const);
  const params = (run.data.params ?? []).map(({ key, value }) => [key, value] as const);
  const data = datasets.map(({ dataset }) => [dataset.name, <CopyId key={dataset.digest} id={dataset.digest} what="data hash" />] as const);
  return (
    <div className={css.columns}>
      <Column title="Metrics" items={metrics} />
      <Column title="Parameters" items={params} />
      <Column title="Data" items={data} />
    </div>
  );
}

function Column({ title, items }: { title: string; items: Parameters<typeof Facts>[0]['items'] }) {
  return (
    <div>
      <h2 className="muted">{title}</h2>
      {items.length === 0 ? <span className="muted">none</span> : <Facts items={items} />}
    </div>
  );
}
