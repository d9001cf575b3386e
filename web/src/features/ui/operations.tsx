import { type Endpoint, type OpenApi, resolve, type Schema, typeText } from './openapi.ts';
import css from './operations.module.css';

interface OperationsProps {
  readonly groups: readonly (readonly [string, readonly Endpoint[]])[];
  readonly document: OpenApi;
}

export function Operations({ groups, document }: OperationsProps) {
  return (
    <div className={css.page}>
      <nav className={css.contents} aria-label="Groups">
        {groups.map(([tag, endpoints]) => (
          <a key={tag} href={`#${encodeURIComponent(tag)}`}>
            {tag} <span className="muted">{endpoints.length}</span>
          </a>
        ))}
      </nav>
      <div>
        {groups.map(([tag, endpoints]) => (
          <section key={tag} id={tag} className={css.group}>
            <h2>{tag}</h2>
            {endpoints.map((endpoint) => (
              <OneEndpoint key={`${endpoint.method} ${endpoint.path}`} endpoint={endpoint} document={document} />
            ))}
          </section>
        ))}
      </div>
    </div>
  );
}

function OneEndpoint({ endpoint: { method, path, operation }, document }: { endpoint: Endpoint; document: OpenApi }) {
  const parameters = (operation.parameters ?? []).map((p) => ({
    name: p.name,
    note: p.in,
    required: p.required === true,
    schema: p.schema,
    description: p.description,
  }));
  const body = fieldsOf(document, Object.values(operation.requestBody?.content ?? {})[0]?.schema);
  const answer = fieldsOf(document, Object.values(operation.responses?.['200']?.content ?? {})[0]?.schema);
  return (
    <details className={css.endpoint}>
      <summary>
        <code data-method={method}>{method}</code>
        <code>{path}</code>
        <span className="muted clip">{operation.summary}</span>
      </summary>
      {operation.description && <p>{operation.description}</p>}
      <Fields title="Parameters" fields={parameters} document={document} />
      <Fields title="Body" fields={body} document={document} />
      <Fields title="Answer" fields={answer} document={document} />
    </details>
  );
}

interface FieldRow {
  readonly name: string;
  readonly note: string;
  readonly required: boolean;
  readonly schema: Schema | undefined;
  readonly description: string | undefined;
}

function fieldsOf(document: OpenApi, given: Schema | undefined): FieldRow[] {
  const schema = resolve(document, given);
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    note: '',
    required: required.has(name),
    schema: property,
    description: resolve(document, property)?.description,
  }));
}

function Fields({ title, fields, document }: { title: string; fields: readonly FieldRow[]; document: OpenApi }) {
  if (fields.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <dl className={css.fields}>
        {fields.map(({ name, note, required, schema, description }) => (
          <div key={`${note}${name}`}>
            <dt>
              <code>{name}</code>
              {required && <span className="muted"> required</span>}
            </dt>
            <dd>
              <span className="muted">
                {typeText(document, schema)}
                {note && `, ${note}`}
              </span>
              {description && <p>{description}</p>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
