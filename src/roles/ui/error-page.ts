import { escapeHtml, plainPage } from './plain-page.ts';

/**
 * The catalogue of errors as a page, one anchor per code: the `type` of every problem answer points here.
 *
 * @param markdown the generated reference (a Markdown table whose first column is the code), or undefined where it was not shipped
 */
export function errorPage(markdown: string | undefined): string {
  const rows = (markdown ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const [code, status, message, mlflow, hint] = ['Code', 'Status', 'Message', 'On MLflow paths', 'What to do'];
  const head = [code, status, message, mlflow, hint].map((title) => `<th scope="col">${title}</th>`).join('');
  const table = `<table><thead><tr>${head}</tr></thead><tbody>${rows.map(tableRow).join('')}</tbody></table>`;
  const missing = '<p>The reference was not shipped with this installation: <code>npm run gen</code> writes it.</p>';
  return plainPage(
    'Errors',
    `<h1>Errors</h1><p>Every failure that a caller may see. The <code>code</code> of an answer is stable; the sentence may change. <a href="/docs">API reference</a></p>${rows.length > 0 ? table : missing}`,
  );
}

function tableRow(line: string): string {
  const cells = line
    .split(/(?<!\\)\|/u)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
  const id = (cells[0] ?? '').replaceAll('`', '');
  return `<tr id="${escapeHtml(id)}">${cells.map((cell) => `<td>${inline(cell)}</td>`).join('')}</tr>`;
}

/** The only Markdown in the table's cells is `code`. */
function inline(cell: string): string {
  return escapeHtml(cell).replace(/`([^`]+)`/gu, '<code>$1</code>');
}
