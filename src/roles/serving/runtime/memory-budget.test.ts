import { expect, test } from 'vitest';
import { Metrics } from '#http/metrics.ts';
import { ServingMetrics } from '../metrics.ts';
import type { LoadedModel } from '../model/load.ts';
import { type Holder, MemoryBudget, type Use } from './memory-budget.ts';

const model = (name: string, memoryBytes: number) => ({ name, version: '1', bytes: 1, session: { memoryBytes } }) as LoadedModel;

/** A budget with models in it, each `NAME: [use, bytes]`, and the names of those that were put out. */
function budgetOf(limit: number, models: Readonly<Record<string, readonly [Use, number]>>) {
  const budget = new MemoryBudget(limit, new ServingMetrics(new Metrics()));
  const out: string[] = [];
  const holders: Record<string, Holder> = {};
  for (const [name, [use, bytes]] of Object.entries(models)) {
    const holder: Holder = { model: model(name, bytes), deployment: name, use };
    if (use !== 'primary') holder.evict = () => out.push(name);
    holders[name] = holder;
    budget.hold(holder);
  }
  return { budget, out, holders };
}

test('room is made by what no primary needs: first what was not used for the longest, then shadows', () => {
  const { budget, out, holders } = budgetOf(100, {
    p: ['primary', 30],
    s: ['shadow', 20],
    a: ['loose', 15],
    b: ['loose', 15],
    c: ['loose', 15],
  });
  budget.touch(holders['a'] as Holder);
  budget.admit(model('new', 25), { use: 'primary', deployment: 'new' });
  expect(out).toEqual(['b', 'c']);
  budget.admit(model('larger', 60), { use: 'primary', deployment: 'larger' });
  expect(out).toEqual(['b', 'c', 'a', 's']);
});

test('what cannot fit beside what stays is refused in a sentence, and nothing is put out for it', () => {
  const { budget, out } = budgetOf(100, { p: ['primary', 60], s: ['shadow', 30], a: ['loose', 10] });
  expect(() => budget.admit(model('big', 41), { use: 'primary', deployment: 'big' })).toThrow(
    /big\/1 takes about .* serving.memory_bytes/u,
  );
  expect(() => budget.admit(model('big', 11), { use: 'loose', deployment: 'big' })).toThrow('serving.memory_bytes');
  expect(() => budget.admit(model('big', 11), { use: 'shadow', deployment: 'big' })).toThrow('serving.memory_bytes');
  expect(out).toEqual([]);
  expect(() => budget.check('big/1', { use: 'shadow', deployment: 'big' })).toThrow('serving.memory_bytes');
  expect(() => budget.check('never seen/1', { use: 'shadow', deployment: 'big' })).not.toThrow();
});

test('a primary takes the place of its predecessor', () => {
  const { budget } = budgetOf(100, { p: ['primary', 90] });
  expect(() => budget.admit(model('p2', 95), { use: 'primary', deployment: 'p' })).not.toThrow();
  expect(() => budget.admit(model('p2', 95), { use: 'primary', deployment: 'other' })).toThrow('serving.memory_bytes');
});
