import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrainingJob, TrainRequest } from '#contract/http/platform/training.ts';
import { silentLogger } from '#kernel/logger.ts';
import { TrainingPeers } from '#test/harness/training-peers.ts';
import type { TrainingJobs } from '../jobs.ts';
import { ExampleSeeding } from './seeding.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-examples-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bundled = fileURLToPath(new URL('../../../../examples/', import.meta.url));

/** Jobs that register, set the alias and deploy without training; `fails` names a registered model whose jobs fail. */
function platform(fails?: string) {
  const peers = new TrainingPeers();
  const requests: TrainRequest[] = [];
  const jobs = {
    submit: async (request: TrainRequest) => {
      requests.push(request);
      return { job_id: String(requests.length) };
    },
    finished: async (id: string): Promise<Partial<TrainingJob>> => {
      const request = requests[Number(id) - 1] as TrainRequest;
      const { register = '', alias = '', deploy = '', role = 'primary' } = request;
      if (register === fails) return { state: 'failed', error: 'no rows' };
      const { version } = await peers.registry.createVersion({ name: register, source: 'models:/m-1' });
      await peers.registry.setAlias({ name: register, alias, version });
      const others = (peers.deployments.get(deploy)?.variants ?? []).map((v) => ({ role: v.role, model: v.model }));
      await peers.serving.put(deploy, { variants: [...others, { role, model: `models:/${register}@${alias}` }] });
      return { state: 'succeeded', result: null };
    },
  } as unknown as TrainingJobs;
  const seed = () => new ExampleSeeding({ jobs, registry: peers.registry, serving: peers.serving, folder, bundled, logger: silentLogger });
  return { peers, requests, seed };
}

const signal = new AbortController().signal;

describe('the examples', () => {
  test('are trained once, a primary before its shadow; until then the platform is not ready', async () => {
    const { peers, requests, seed } = platform();
    const first = seed();
    expect(first.unready()).toHaveLength(3);
    await first.run(signal);
    expect(first.unready()).toEqual([]);
    expect(requests.map(({ register, alias }) => `${register}@${alias}`)).toEqual(['iris@production', 'iris@shadow', 'housing@production']);
    const changes = peers.changes.length;
    const second = seed();
    await second.run(signal);
    expect(second.unready()).toEqual([]);
    expect(requests).toHaveLength(3);
    expect(peers.changes).toHaveLength(changes);
  });

  test('a deployment that a person removed stays away; one that a crash prevented is made', async () => {
    const { peers, requests, seed } = platform();
    await seed().run(signal);
    peers.deployments.delete('housing');
    await seed().run(signal);
    expect(peers.deployments.has('housing')).toBe(false);
    await rm(join(folder, 'examples.json'));
    await seed().run(signal);
    expect(peers.deployments.has('housing')).toBe(true);
    expect(requests).toHaveLength(3);
  });

  test('one that fails keeps the platform unready with the reason and does not hold the others back', async () => {
    const { peers, seed } = platform('iris');
    const seeding = seed();
    await seeding.run(signal);
    expect(peers.deployments.has('housing')).toBe(true);
    expect(seeding.unready()).toHaveLength(2);
    expect(seeding.unready()[0]).toBe('example iris/production-tree.json could not be made: no rows');
  });
});
