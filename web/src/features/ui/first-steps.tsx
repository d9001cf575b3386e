import type { ReactNode } from 'react';
import { Snippet } from '@/components/copy.tsx';
import { Panel } from '@/components/panel.tsx';
import css from './overview.module.css';

/** With nothing deployed: the ways in. */
export function FirstSteps({ upload }: { upload?: ReactNode }) {
  const origin = window.location.origin;
  const client = `import mlflow\n\nmlflow.set_tracking_uri("${origin}")\nwith mlflow.start_run():\n    mlflow.sklearn.log_model(model, name="model",\n        registered_model_name="first", signature=signature)`;
  return (
    <div className={css.ways}>
      <Panel title="Train the example">
        <p>Iris and California housing, on bundled data. Both answer within a minute, and traffic fills these pages.</p>
        <Snippet code={'npm start\nnpm run traffic'} what="commands" />
      </Panel>
      <Panel title="Train on your own table">
        <p>One command reads the CSV, compares learners, registers the best and serves it.</p>
        <Snippet code={`npm run -s trainyard -- train data.csv --target label \\\n  --deploy first --url ${origin}`} what="command" />
      </Panel>
      <Panel title="Log from Python">
        <p>The unmodified MLflow client logs and registers here; deploy the version afterwards.</p>
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
