import type { ReactNode } from 'react';
import { Snippet } from '@/components/copy.tsx';
import { Panel } from '@/components/panel.tsx';
import { command } from '@/lib/commands.ts';
import css from './overview.module.css';

/** With nothing deployed: the ways in. */
export function FirstSteps({ upload }: { upload?: ReactNode }) {
  const origin = window.location.origin;
  const client = `import mlflow\n\nmlflow.set_tracking_uri("${origin}")\nwith mlflow.start_run():\n    mlflow.sklearn.log_model(model, name="model",\n        registered_model_name="first", input_example=X[:5])`;
  return (
    <div className={css.ways}>
      <Panel title="Train the example">
        <p>Iris and California housing, on bundled data. Both answer within a minute, and traffic fills these pages.</p>
        <Snippet code={`npm start\n${command('traffic')}`} what="commands" />
      </Panel>
      <Panel title="Train on your own table">
        <p>One command reads a CSV or Parquet file, trains, registers and serves. With several learners it takes the best.</p>
        <Snippet
          code={command('train', ' data.csv \\\n  --target label --deploy first \\\n  --learner tree,forest,boosting')}
          what="command"
        />
      </Panel>
      <Panel title="Log from Python">
        <p>
          The unmodified MLflow client logs and registers here. ONNX models are served as they are; <code>trainyard convert</code> makes
          ONNX of scikit-learn, LightGBM and XGBoost models.
        </p>
        <Snippet code={client} what="Python" />
      </Panel>
      {upload && (
        <Panel title="Upload an ONNX file">
          <p>From scikit-learn, PyTorch, LightGBM or anything else that exports ONNX. You see what is in it before it answers.</p>
          {upload}
        </Panel>
      )}
    </div>
  );
}
