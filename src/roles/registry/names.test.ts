import { expect, test } from 'vitest';
import { canonicalStage } from './names.ts';

test.each(['__proto__', 'constructor', 'toString', 'proto', ''])('%j is no stage', (stage) => {
  expect(() => canonicalStage(stage)).toThrow('Invalid Model Version stage');
});

test('stages are known in any case', () => {
  expect(['production', 'STAGING', 'Archived', 'none'].map(canonicalStage)).toEqual(['Production', 'Staging', 'Archived', 'None']);
});
