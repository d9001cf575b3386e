import { expect, test } from 'vitest';
import { randomHex, timeOrderedId } from './ids.ts';

test('ids are UUIDs of version 7, sort by time and do not repeat', () => {
  const ids: string[] = [];
  for (let ms = 0; ms < 2000; ms++) for (let i = 0; i < 5; i++) ids.push(timeOrderedId(1_767_225_600_000 + ms * 65_521));
  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  const times = ids.map((id) => id.slice(0, 13));
  expect(times).toEqual([...times].sort());
});

test('an id tells its millisecond, from the epoch to the last one that fits', () => {
  for (const ms of [0, 1, 65_535, 65_536, 1_767_225_600_123, 2 ** 48 - 1])
    expect(Number.parseInt(timeOrderedId(ms).slice(0, 13).replace('-', ''), 16)).toBe(ms);
});

test('random digits have the length that was asked for', () => {
  expect(randomHex(32)).toMatch(/^[0-9a-f]{32}$/u);
  expect(randomHex(16)).not.toBe(randomHex(16));
});
