import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import { useFirst } from '@/components/first-items.tsx';
import table from '@/components/table.module.css';
import { significant } from '@/lib/format.ts';

const number = (n: number): string => significant(n, 4);

function limitsOf({ min, max, exclusive_min, exclusive_max, enum: allowed }: ModelField): string {
  if (allowed) return allowed.slice(0, 6).join(', ') + (allowed.length > 6 ? ` and ${allowed.length - 6} more` : '');
  const low = min !== undefined ? `≥ ${number(min)}` : exclusive_min !== undefined ? `> ${number(exclusive_min)}` : '';
  const high = max !== undefined ? `≤ ${number(max)}` : exclusive_max !== undefined ? `< ${number(exclusive_max)}` : '';
  return [low, high].filter(Boolean).join(', ') || 'none';
}

function seenOf({ observed_min, observed_max, categories }: ModelField): string {
  if (observed_min !== undefined && observed_max !== undefined) return `${number(observed_min)} to ${number(observed_max)}`;
  return categories === undefined ? '–' : `${categories.length} categories`;
}

const MOST_FIELDS = 60;

/** What the model takes: names, types, limits that are enforced, values seen in training. */
export function SchemaTable({ schema }: { schema: ModelSchema }) {
  const { shown, foot } = useFirst(schema.fields, MOST_FIELDS);
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Type</th>
            <th scope="col">Limits</th>
            <th scope="col">Seen in training</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((field) => (
            <tr key={field.name}>
              <td title={field.aliases && `also: ${field.aliases.join(', ')}`}>
                {field.name}
                {!field.required && <span className="muted"> optional</span>}
              </td>
              <td className="muted">{field.type}</td>
              <td>{limitsOf(field)}</td>
              <td>{seenOf(field)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {foot}
    </div>
  );
}
