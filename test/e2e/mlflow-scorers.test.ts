import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { onBothDatabases } from './mlflow-server.ts';

const SCORERS = '/api/3.0/mlflow/scorers';

interface Scorer {
  readonly scorer_name: string;
  readonly scorer_version: number;
}

onBothDatabases('scorers', (server) => {
  const register = (experiment_id: string, name: string, serialized_scorer = '{"name": "s"}') =>
    server().post(`${SCORERS}/register`, { experiment_id, name, serialized_scorer });
  const listed = async (path: string, query: Record<string, string | readonly string[]>) => {
    const { status, body } = await server().get(`${SCORERS}/${path}`, query);
    const found = (body['scorers'] ?? []) as Scorer[];
    return [status, ...found.map(({ scorer_name, scorer_version }) => `${scorer_name} ${scorer_version}`)];
  };

  test('are kept by version, the newest of each is listed, and versions are deleted one by one or all', async () => {
    const experiment_id = await server().experiment('judged');
    const first = (await register(experiment_id, 'polite')).body;
    expect(first).toMatchObject({ version: 1, name: 'polite', experiment_id, serialized_scorer: '{"name": "s"}' });
    expect((await register(experiment_id, 'polite', '{"name": "t"}')).body).toMatchObject({ version: 2, scorer_id: first['scorer_id'] });
    expect((await register(experiment_id, 'exact')).body).toMatchObject({ version: 1 });
    expect(await listed('list', { experiment_id })).toEqual([200, 'exact 1', 'polite 2']);
    expect(await listed('versions', { experiment_id, name: 'polite' })).toEqual([200, 'polite 1', 'polite 2']);
    const newest = { experiment_id: Number(experiment_id), scorer_version: 2, serialized_scorer: '{"name": "t"}' };
    expect((await server().get(`${SCORERS}/get`, { experiment_id, name: 'polite' })).body['scorer']).toMatchObject(newest);
    const old = await server().get(`${SCORERS}/get`, { experiment_id, name: 'polite', version: '1' });
    expect(old.body['scorer']).toMatchObject({ scorer_version: 1, serialized_scorer: '{"name": "s"}' });
    const remove = (rest: object) => server().call('DELETE', `${SCORERS}/delete`, { experiment_id, name: 'polite', ...rest });
    expect((await remove({ version: 1 })).status).toBe(200);
    expect((await remove({ version: 1 })).body.message).toBe(
      `Scorer with name 'polite' and version 1 not found for experiment ${experiment_id}.`,
    );
    expect(await listed('versions', { experiment_id, name: 'polite' })).toEqual([200, 'polite 2']);
    expect((await remove({})).status).toBe(200);
    expect((await remove({})).status).toBe(404);
    expect(await listed('list', { experiment_ids: [experiment_id, '0'] })).toEqual([200, 'exact 1']);
    await server().ok('experiments/delete', { experiment_id });
    expect(await listed('list', { experiment_ids: [experiment_id] })).toEqual([200]);
    expect(await listed('list', { experiment_id })).toEqual([400]);
  });

  test('of the same name that are registered at once have versions of their own', async () => {
    const experiment_id = await server().experiment('judged at once');
    const answers = await Promise.all(Array.from({ length: 6 }, () => register(experiment_id, 'same')));
    expect(answers.map(({ body }) => body['version']).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(answers.map(({ body }) => body['scorer_id'])).size).toBe(1);
  });

  test('that are none are refused', async () => {
    const refusals = [
      await register('0', ' '),
      await register('0', 'a', 'no json'),
      await server().get(`${SCORERS}/versions`, { experiment_id: '0' }),
      await server().get(`${SCORERS}/list`, { experiment_id: '0', experiment_ids: ['0'] }),
      await register('x', 'a'),
      await register('0', randomBytes(6000).toString('hex')),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400]);
    expect((await register('987654', 'a')).status).toBe(404);
    expect((await server().get(`${SCORERS}/get`, { experiment_id: '0', name: 'none' })).status).toBe(404);
    await register('0', 'only one');
    const later = { experiment_id: '0', name: 'only one', version: 2 ** 40 };
    expect((await server().call('DELETE', `${SCORERS}/delete`, later)).status).toBe(404);
  });
});
