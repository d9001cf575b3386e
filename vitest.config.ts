import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@/': fileURLToPath(new URL('./web/src/', import.meta.url)) } },
  test: {
    include: ['{src,test,scripts,bench,examples}/**/*.test.ts', 'web/src/**/*.test.{ts,tsx}'],
    // Nothing keeps state in modules, so files may share a worker: starting one costs more than most files.
    isolate: false,
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A condition has as long as a busy machine takes; a second is the default.
    expect: { poll: { timeout: 30_000 } },
  },
});
