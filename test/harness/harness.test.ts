import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { describeWith } from './available.ts';
import { launchChromium } from './chromium.ts';
import { dataSet, numbers } from './csv.ts';
import { freshDatabase } from './postgres.ts';
import { runPython } from './python.ts';
import { waitFor } from './wait-for.ts';

async function tables(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ tablename: string }>("select tablename from pg_tables where schemaname = 'public'");
  await client.end();
  return rows.map((row) => row.tablename);
}

describeWith('postgres', 'a fresh database', () => {
  test('is empty, is nobody else’s, and is gone afterwards', async () => {
    let url: string;
    {
      await using mine = await freshDatabase();
      await using other = await freshDatabase();
      url = mine.url;
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query('create table t (x int)');
      await client.end();
      expect(await tables(url)).toEqual(['t']);
      expect(await tables(other.url)).toEqual([]);
    }
    await expect(tables(url)).rejects.toThrow('does not exist');
  });
});

describeWith('python', 'the Python environment', () => {
  test('holds the MLflow client, and a failing script tells its exit code', async () => {
    const run = await runPython('-c', ['import mlflow.version, sys; print(mlflow.version.VERSION); sys.exit(3)']);
    expect(run).toMatchObject({ code: 3, stdout: expect.stringMatching(/^3\.\d+/u) });
  });
});

describeWith('chromium', 'the browser', () => {
  test('renders a page', async () => {
    await using browser = await launchChromium();
    const page = await browser.newPage();
    await page.setContent('<button onclick="this.textContent = 2 + 2">?</button>');
    await page.getByRole('button').click();
    expect(await page.getByRole('button').textContent()).toBe('4');
  });
});

describe('waiting', () => {
  test('ends as soon as the condition holds and gives its value', async () => {
    let asked = 0;
    expect(await waitFor('three', () => (++asked >= 3 ? `asked ${asked}` : null))).toBe('asked 3');
  });

  test('says what it waited for and why the last try failed', async () => {
    const refuse = () => Promise.reject(new Error('refused'));
    await expect(waitFor('the server', refuse, 30)).rejects.toThrow('waited 30 ms for the server: refused');
  });
});

test('the bundled data sets are read as columns', async () => {
  const iris = await dataSet('iris');
  expect(iris.rows).toHaveLength(150);
  expect(numbers(iris, 'petal_length')[0]).toBe(1.4);
  expect(() => numbers(iris, 'color')).toThrow("no column 'color'");
});
