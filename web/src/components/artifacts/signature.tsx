import { Snippet } from '@/components/copy.tsx';
import { useFirst } from '@/components/first-items.tsx';
import table from '@/components/table.module.css';
import type { SignatureField } from '@/lib/mlmodel.ts';

/** What a model takes and gives. */
export function SignatureTable({ inputs, outputs }: { inputs: readonly SignatureField[]; outputs: readonly SignatureField[] }) {
  if (inputs.length + outputs.length === 0) return <p className="muted">The model was logged without a signature.</p>;
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">Required</th>
          </tr>
        </thead>
        <tbody>
          <Rows title={`Inputs (${inputs.length})`} fields={inputs} />
          <Rows title={`Outputs (${outputs.length})`} fields={outputs} />
        </tbody>
      </table>
    </div>
  );
}

const MOST_FIELDS = 60;

function Rows({ title, fields }: { title: string; fields: readonly SignatureField[] }) {
  const { shown, foot } = useFirst(fields, MOST_FIELDS);
  if (fields.length === 0) return null;
  return (
    <>
      <tr>
        <th scope="rowgroup" colSpan={3}>
          {title}
        </th>
      </tr>
      {shown.map(({ name, type, isRequired }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: tensors have no names, and a signature does not change
        <tr key={`${name}${i}`}>
          <td>{name === '' ? <span className="muted">unnamed</span> : <code>{name}</code>}</td>
          <td>{type}</td>
          <td className="muted">{isRequired ? 'yes' : 'no'}</td>
        </tr>
      ))}
      {foot && (
        <tr>
          <td colSpan={3}>{foot}</td>
        </tr>
      )}
    </>
  );
}

/** How to load a model elsewhere. `uri` is `runs:/…` or `models:/…`. */
export function LoadSnippet({ uri }: { uri: string }) {
  const code = `import mlflow\n\nmlflow.set_tracking_uri("${window.location.origin}")\nmodel = mlflow.pyfunc.load_model("${uri}")\nmodel.predict(rows)  # a pandas DataFrame with the inputs above`;
  return <Snippet code={code} what="Python" />;
}
