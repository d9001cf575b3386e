import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '#kernel/logger.ts';
import { analyticsContract, type OpenedAnalytics } from '#ports/analytics.contract.ts';
import { openAnalytics } from './analytics.ts';

async function opened(): Promise<OpenedAnalytics> {
  const dir = await mkdtemp(join(tmpdir(), 'duckdb-'));
  const options = { path: join(dir, 'analytics.duckdb'), memoryLimit: '256MB', logger: silentLogger };
  let analytics = await openAnalytics(options);
  return {
    get analytics() {
      return analytics;
    },
    async reopen() {
      await analytics.close();
      analytics = await openAnalytics(options);
      return analytics;
    },
    async [Symbol.asyncDispose]() {
      await analytics.close();
      await rm(dir, { recursive: true });
    },
  };
}

analyticsContract('DuckDB', opened);
