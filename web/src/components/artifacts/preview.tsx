import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Empty, Shown } from '@/components/states.tsx';
import table from '@/components/table.module.css';
import { artifactHref, type Head, readHead } from '@/lib/api/artifacts.ts';
import { count } from '@/lib/format.ts';
import { readMlModel } from '@/lib/mlmodel.ts';
import css from './artifacts.module.css';
import { parseTable } from './csv.ts';
import { type Kind, kindOf, sizeText } from './kinds.ts';
import { LoadSnippet, SignatureTable } from './signature.tsx';

interface PreviewProps {
  readonly uri: string;
  readonly path: string;
  readonly size: number | null;
  /** How code names the root of these files; undefined where it cannot. */
  readonly loadUri: string | undefined;
}

/** What is fetched of a text; enough to see what it is. */
const MOST_BYTES = 400_000;
const MOST_IMAGE_BYTES = 30_000_000;
const MOST_ROWS = 300;
const MOST_COLUMNS = 60;

export function Preview({ uri, path, size, loadUri }: PreviewProps) {
  const kind = kindOf(path);
  if (kind === 'binary' || (kind === 'image' && (size ?? 0) > MOST_IMAGE_BYTES)) {
    return (
      <Empty title="No preview for this kind of file">
        <p>
          {sizeText(size)}.{' '}
          <a className="link" href={artifactHref(uri, path)} download>
            Download it
          </a>{' '}
          to look at it.
        </p>
      </Empty>
    );
  }
  if (kind === 'image') return <img className={css.image} src={artifactHref(uri, path)} alt={path} />;
  return <TextPreview uri={uri} path={path} kind={kind} loadUri={loadUri} />;
}

function TextPreview({ uri, path, kind, loadUri }: Omit<PreviewProps, 'size'> & { kind: Kind }) {
  const query = useQuery({ queryKey: ['artifact', uri, path], queryFn: () => readHead(uri, path, MOST_BYTES), staleTime: 60_000 });
  return (
    <Shown query={query} what={path} height={240}>
      {(head) => (
        <>
          {head.isCut && <p className={css.cut}>Only the first {sizeText(MOST_BYTES)} are shown.</p>}
          {kind === 'table' ? (
            <TablePreview head={head} separator={path.endsWith('.tsv') ? '\t' : ','} />
          ) : kind === 'html' ? (
            <HtmlPreview html={head.text} path={path} />
          ) : kind === 'mlmodel' ? (
            <ModelPreview text={head.text} uri={loadUri && modelUri(loadUri, path)} />
          ) : (
            <pre className={css.text}>{kind === 'json' && !head.isCut ? pretty(head.text) : head.text}</pre>
          )}
        </>
      )}
    </Shown>
  );
}

const modelUri = (root: string, path: string): string => [root, ...path.split('/').slice(0, -1)].join('/');

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const isNumber = (cell: string | undefined): boolean => cell !== undefined && cell.trim() !== '' && !Number.isNaN(Number(cell));

function TablePreview({ head, separator }: { head: Head; separator: ',' | '\t' }) {
  const [names = [], ...rows] = parseTable(head.text, separator, { most: MOST_ROWS + 1, isCut: head.isCut });
  return (
    <>
      <div className={css.table}>
        <table className={table.table}>
          <thead>
            <tr>
              {names.slice(0, MOST_COLUMNS).map((name, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file have no other key
                <th scope="col" key={i} className={rows.length > 0 && isNumber(rows[0]?.[i]) ? table.num : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file have no other key
              <tr key={i}>
                {row.slice(0, MOST_COLUMNS).map((cell, j) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: see above
                  <td key={j} className={isNumber(cell) ? table.num : undefined}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(rows.length >= MOST_ROWS || head.isCut) && <p className={css.cut}>The first {count(rows.length)} rows.</p>}
    </>
  );
}

/**
 * A logged page. Whoever logged it is not trusted: the frame is a foreign origin, runs no script and, by our content security policy, loads
 * nothing from elsewhere. Scripts are taken out as well, so that the browser has nothing to complain of.
 */
function HtmlPreview({ html, path }: { html: string; path: string }) {
  const quiet = useMemo(() => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    for (const node of page.querySelectorAll('script, link, base, meta[http-equiv], iframe, object, embed')) node.remove();
    for (const node of page.querySelectorAll('*')) {
      for (const { name, value } of [...node.attributes]) {
        if (
          name.startsWith('on') ||
          (/^(?:src|srcset|href|action|background|poster)$/u.test(name) && !/^(?:data:image\/|#)/u.test(value))
        ) {
          node.removeAttribute(name);
        }
      }
    }
    return page.documentElement.outerHTML;
  }, [html]);
  return (
    <>
      <p className={css.cut}>Scripts and links are taken out. Download the file to see all of it.</p>
      <iframe className={css.frame} sandbox="" srcDoc={quiet} title={`Preview of ${path}`} />
    </>
  );
}

function ModelPreview({ text, uri }: { text: string; uri: string | undefined }) {
  const { flavors, inputs, outputs, mlflowVersion } = readMlModel(text);
  return (
    <div className={css.model}>
      <p>
        {flavors.length > 0 ? `Flavors: ${flavors.join(', ')}` : 'No flavors'}
        {mlflowVersion && <span className="muted"> · logged with MLflow {mlflowVersion}</span>}
      </p>
      <SignatureTable inputs={inputs} outputs={outputs} />
      {uri && <LoadSnippet uri={uri} />}
      <details>
        <summary>The file</summary>
        <pre className={css.text}>{text}</pre>
      </details>
    </div>
  );
}
