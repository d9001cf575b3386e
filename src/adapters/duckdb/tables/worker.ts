import { serve } from '../worker-server.ts';
import { readTable } from './read.ts';
import { buffersOf, type WireTable } from './wire.ts';

serve({ read: (path: string) => readTable(path), close: async () => undefined }, (value) =>
  value === undefined ? [] : buffersOf(value as WireTable),
);
