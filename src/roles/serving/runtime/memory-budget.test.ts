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

/** A model with a process of its own beside, of which so much idles. */
function withProcess(name: string, { here, idle }: { here: number; idle: number }) {
  const process = { bytes: idle };
  const session = {
    get memoryBytes() {
      return here + process.bytes;
    },
    get idleBytes() {
      return process.bytes;
    },
    shed: () => {
      process.bytes = 0;
    },
  };
  return { model: { ...model(name, 0), session } as unknown as LoadedModel, process };
}

test('processes in which nothing runs make room before any model does', () => {
  const { budget, out } = budgetOf(100, { a: ['loose', 20] });
  const large = withProcess('large', { here: 10, idle: 50 });
  budget.hold({ model: large.model, deployment: 'large', use: 'primary' });
  budget.admit(model('new', 60), { use: 'primary', deployment: 'new' });
  expect([large.process.bytes, out]).toEqual([0, []]);
});

test('a process that a model needs for a run puts out what no primary needs, never the model itself', () => {
  const { budget, out, holders } = budgetOf(100, { p: ['primary', 30], s: ['shadow', 20], a: ['loose', 15], b: ['loose', 15] });
  budget.grow(holders['p'] as Holder, 30);
  expect(out).toEqual(['a']);
  expect(() => budget.grow(holders['b'] as Holder, 36)).toThrow(/b\/1 .* serving.memory_bytes/u);
  budget.grow(holders['b'] as Holder, 35);
  expect(out).toEqual(['a']);
  budget.grow(holders['p'] as Holder, 60);
  expect(out).toEqual(['a', 'b', 's']);
  expect(() => budget.grow(holders['p'] as Holder, 71)).toThrow('serving.memory_bytes');
});

test('a model that starts processes asks for their room, and what they take is shown', () => {
  const metrics = new Metrics();
  const budget = new MemoryBudget(100, new ServingMetrics(metrics));
  let ask: ((bytes: number) => void) | undefined;
  const large = withProcess('large', { here: 10, idle: 0 });
  const session = Object.defineProperties(
    {
      beforeGrowth: (given: typeof ask) => {
        ask = given;
      },
    },
    Object.getOwnPropertyDescriptors(large.model.session),
  );
  budget.hold({ model: { ...large.model, session } as unknown as LoadedModel, deployment: 'large', use: 'primary' });
  expect(() => ask?.(91)).toThrow('serving.memory_bytes');
  expect(() => ask?.(90)).not.toThrow();
  large.process.bytes = 80;
  expect(metrics.render(false)).toContain('model_memory_bytes{use="primary"} 90');
});
