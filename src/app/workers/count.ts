import { availableParallelism } from 'node:os';
import type { Config } from '../config/load.ts';

/** How many workers a configuration asks for; 1 means that the main process answers by itself. */
export function workerCount(config: Config): number {
  const wanted = config.roles['serving']?.['workers'] as number | 'auto';
  return wanted === 'auto' ? availableParallelism() : wanted;
}
