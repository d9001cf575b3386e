import { expect } from 'vitest';
import { dataSet } from '#test/harness/csv.ts';
import { waitFor } from '#test/harness/wait-for.ts';

/** Where the parts of a platform answer; the same address twice when they run in one process. */
export interface Topology {
  /** Answers predictions. */
  readonly serving: string;
  /** Answers everything else. */
  readonly core: string;
}

interface Deployment {
  readonly variants: readonly { readonly role: string; readonly version: string | null; readonly model_name: string }[];
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends JSON and reads JSON. @throws with the answer when the status is not below 400 */
export async function call<R>(method: string, url: string, body?: unknown): Promise<R> {
  const init: RequestInit = { method, headers: JSON_TYPE, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.status >= 400) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as R;
}

export async function ready({ core, serving }: Topology): Promise<void> {
  await waitFor('both examples to answer', async () => (await fetch(`${core}/readyz`)).status === 200, 90_000);
  await waitFor('the serving process', async () => (await fetch(`${serving}/readyz`)).status === 200, 30_000);
}

/** Real Iris rows with their species, over and over. */
export async function irisRows(count: number): Promise<{ features: number[]; species: string }[]> {
  const { rows } = await dataSet('iris');
  return Array.from({ length: count }, (_, i) => {
    const row = rows[i % rows.length] as readonly string[];
    return { features: row.slice(0, 4).map(Number), species: row[4] as string };
  });
}

interface Scored {
  readonly prediction_id: string;
  readonly predicted_class: string;
  readonly model_version: string;
}

async function count(core: string, query: string): Promise<number> {
  return (await call<{ count: number }>('GET', `${core}/api/v1/predictions/count?${query}`)).count;
}

/** The product's main job from a ready platform on: predict, record, learn the truth, move, roll back. */
export async function tellLoopStory(where: Topology): Promise<void> {
  const rows = await irisRows(1000);
  const answers: Scored[] = [];
  for (let from = 0; from < rows.length; from += 50) {
    const part = rows.slice(from, from + 50);
    answers.push(...(await Promise.all(part.map((row) => call<Scored>('POST', `${where.serving}/predict`, { features: row.features })))));
  }
  await waitFor('1,000 events of the primary', async () => (await count(where.core, 'deployment=iris&variant=primary')) === 1000, 30_000);
  await waitFor('1,000 events of the shadow', async () => (await count(where.core, 'deployment=iris&variant=shadow')) === 1000, 30_000);

  const items = answers.map((answer, i) => ({ prediction_id: answer.prediction_id, actual: rows[i]?.species }));
  const fed = await call<{ accepted: number; unknown: string[] }>('POST', `${where.core}/feedback`, { items });
  expect(fed).toMatchObject({ accepted: 1000, unknown: [] });
  const right = answers.filter((answer, i) => answer.predicted_class === rows[i]?.species).length;
  const quality = await waitFor('quality of 1,000 labelled rows', async () => {
    const found = await call<{ realised: { accuracy: number; n: number } }>('GET', `${where.core}/api/v1/monitors/iris/quality`);
    return found.realised.n === 1000 ? found.realised : undefined;
  });
  expect(quality.accuracy).toBeCloseTo(right / 1000, 9);

  await moveAndRollBack(where, answers[0] as Scored);
}

async function moveAndRollBack({ core, serving }: Topology, before: Scored): Promise<void> {
  const deployment = await call<Deployment>('GET', `${core}/api/v1/deployments/iris`);
  const shadow = deployment.variants.find((v) => v.role === 'shadow');
  expect(shadow?.version).not.toBe(before.model_version);
  const alias = { name: shadow?.model_name, alias: 'production', version: shadow?.version };
  await call('POST', `${core}/api/2.0/mlflow/registered-models/alias`, alias);
  const predict = () => call<Scored>('POST', `${serving}/predict`, { features: [5.1, 3.5, 1.4, 0.2] });
  await waitFor('an answer of the new version', async () => (await predict()).model_version === shadow?.version, 3_000);
  const moved = await call<{ to: string }>('POST', `${core}/api/v1/deployments/iris/rollback`, { reason: 'the story says so' });
  expect(moved.to).toBe(before.model_version);
  expect((await predict()).model_version).toBe(before.model_version);
}
