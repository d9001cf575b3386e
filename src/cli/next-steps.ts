const DEFAULT_URL = 'http://127.0.0.1:8000';

/** What to try now, for somebody at a terminal. `inRepository`: started by npm, so the commands are npm's. */
export function nextSteps(url: string, inRepository: boolean): string {
  const at = url === DEFAULT_URL ? '' : ` --url ${url}`;
  const command = (name: string, rest: string): string =>
    inRepository ? `npm run -s trainyard -- ${name}${at}${rest}` : `trainyard ${name}${at}${rest}`;
  const steps = [
    ['pages, API docs', `${url}  ${url}/docs`],
    ['real traffic', command('traffic', '')],
    ['your own data', command('train', ' your.csv --target column --deploy mine')],
    ['MLflow clients', `export MLFLOW_TRACKING_URI=${url}`],
  ] as const;
  const width = Math.max(...steps.map(([what]) => what.length));
  return steps.map(([what, how]) => `  ${what.padEnd(width)}  ${how}`).join('\n');
}
