import { describe, expect, test } from 'vitest';
import type { ReferenceProfile } from '#contract/model-schema.ts';
import { chunkBytes } from '#ports/event-log.contract.ts';
import { FoldThread } from './fold-thread.ts';
import { Folder } from './folder.ts';

const profile: Pick<ReferenceProfile, 'columns'> = {
  columns: [{ name: 'x', kind: 'number', rows: 2, missing: 0, edges: [0.5], counts: [1, 1], min: 0, max: 1 }],
};
const key = { deployment: 'd', model: 'm', version: '1' };
const reference = { id: 'r', profile };

function pack(records: readonly unknown[]): Uint8Array {
  return chunkBytes(records.map((record) => (record instanceof Uint8Array ? record : JSON.stringify(record))));
}
const event = (i: number, rest: object = {}) => {
  const data = {
    prediction_id: `p${i}`,
    deployment: 'd',
    role: 'primary',
    model_name: 'm',
    model_version: '1',
    features: { x: i % 2 },
    status: 'ok',
    prediction: i,
  };
  return { type: 'trainyard.prediction', time: new Date(1.77e12).toISOString(), data, ...rest };
};

describe('folding a chunk', () => {
  test('asks for the bins of versions that it does not know, and forgets them when references change', () => {
    const folder = new Folder();
    const bytes = pack([event(0), event(1), event(3)]);
    expect(folder.fold({ bytes, skip: 0, revision: 0 })).toEqual({ needs: [key] });
    folder.plan({ ...key, reference });
    const answer = folder.fold({ bytes, skip: 0, revision: 0 });
    expect('cells' in answer && answer.cells[0]?.counts.columns['x']?.counts).toEqual([1, 2]);
    expect(folder.fold({ bytes, skip: 0, revision: 1 })).toEqual({ needs: [key] });
  });

  test('passes over other events, damaged records and what was counted elsewhere', () => {
    const folder = new Folder();
    folder.fold({ bytes: pack([]), skip: 0, revision: 0 });
    folder.plan({ ...key, reference });
    folder.leaveOut('d', ['p1']);
    const records = [
      event(9),
      event(0),
      event(1),
      { type: 'trainyard.deployment', data: {} },
      Buffer.from('{'),
      event(2, { time: 'noon' }),
      event(3, { data: null }),
    ];
    const answer = folder.fold({ bytes: pack(records), skip: 1, revision: 0 });
    expect('cells' in answer && answer.cells[0]?.counts.rows).toBe(1);
    expect(answer).toMatchObject({ predictions: 2 });
  });

  test('keeps the rows of versions without a reference', () => {
    const folder = new Folder();
    folder.fold({ bytes: pack([]), skip: 0, revision: 0 });
    folder.plan({ ...key, reference: null });
    const answer = folder.fold({ bytes: pack([event(1)]), skip: 0, revision: 0 });
    expect(answer).toMatchObject({
      cells: [],
      samples: [{ model: 'm', version: '1', rows: 1, body: '[{"features":{"x":1},"prediction":1}]' }],
    });
  });

  test('gives the same counts in a thread, which large chunks go to', async () => {
    const thread = new FoldThread();
    const events = Array.from({ length: 2000 }, (_, i) => event(i));
    const [large, small] = [pack(events), pack(events.slice(0, 3))];
    expect(await thread.fold({ bytes: large, skip: 0, revision: 0 })).toEqual({ needs: [key] });
    thread.plan({ ...key, reference });
    const answer = await thread.fold({ bytes: large, skip: 0, revision: 0 });
    expect('cells' in answer && answer.cells[0]?.counts.columns['x']?.counts).toEqual([1000, 1000]);
    expect(large.length).toBeGreaterThan(0);
    expect(await thread.fold({ bytes: small, skip: 0, revision: 0 })).toEqual({ needs: [key] });
    await thread.close();
  });
});
