import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Guard } from '#http/guard.ts';
import { Metrics } from '#http/metrics.ts';
import { bindRoutes } from '#http/route.ts';
import { HttpServer } from '#http/server.ts';
import { silentLogger } from '#kernel/logger.ts';
import { docs, docsFile, errors } from './routes/docs.ts';
import { anyPage, assets, start } from './routes/pages.ts';
import { Site } from './site.ts';

const SCRIPT = 'console.log("page");'.repeat(100);
const NAVIGATION = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let root: string;
let server: HttpServer;
let origin: string;

async function build(): Promise<void> {
  await mkdir(join(root, 'dist/assets'), { recursive: true });
  await writeFile(join(root, 'secret.js'), 'not for the web');
  await writeFile(join(root, 'dist/index.html'), '<!doctype html><title>Trainyard</title>');
  await writeFile(join(root, 'dist/favicon.svg'), '<svg/>');
  await writeFile(join(root, 'dist/assets/app-1a2b.js'), SCRIPT);
  await writeFile(join(root, 'dist/assets/app-1a2b.js.br'), brotliCompressSync(SCRIPT));
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trainyard-ui-'));
  const guard = new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] });
  server = new HttpServer({ guard, logger: silentLogger, metrics: new Metrics(), maxBodyBytes: 1024 });
  await writeFile(
    join(root, 'errors.md'),
    '# Errors\n\n| code | status | message |\n| --- | --- | --- |\n| `NOT_HERE` | 404 | There is no <b>{name}</b>. |\n',
  );
  const at = (path: string) => pathToFileURL(join(root, path));
  server.add([
    ...bindRoutes({ swagger: new URL('./', import.meta.resolve('swagger-ui-dist/package.json')), errors: at('errors.md') }, [
      docs,
      errors,
      docsFile,
    ]),
    ...bindRoutes({ site: new Site(at('dist/')) }, [assets, start, anyPage]),
  ]);
  origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
});

afterEach(async () => {
  await server.stop(100);
  await rm(root, { recursive: true, force: true });
});

describe('the pages', () => {
  beforeEach(build);

  test('are sent to somebody who navigates, at any path, with headers that keep other origins out', async () => {
    for (const path of ['/', '/deployments/iris?range=6h']) {
      const answer = await fetch(origin + path, { headers: NAVIGATION });
      expect(await answer.text()).toContain('<title>Trainyard</title>');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(answer.headers.get('content-security-policy')).not.toContain('script-src');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    }
  });

  test('never stand in for an API path, and programs get a 404 in the form that the path has', async () => {
    const problem = await fetch(`${origin}/nothing`);
    expect(problem.status).toBe(404);
    expect(await problem.json()).toMatchObject({ code: 'ENDPOINT_NOT_FOUND', status: 404 });
    const mlflow = await fetch(`${origin}/api/2.0/mlflow/nothing`, { headers: NAVIGATION });
    expect(await mlflow.json()).toMatchObject({ error_code: 'ENDPOINT_NOT_FOUND' });
    const inference = await fetch(`${origin}/v2/nothing`, { headers: NAVIGATION });
    expect(await inference.json()).toMatchObject({ error: 'There is no GET /v2/nothing.' });
    expect((await fetch(`${origin}/old.php`, { headers: NAVIGATION })).status).toBe(404);
  });

  test('have files that browsers keep for good, compressed where they take it', async () => {
    const plain = await fetch(`${origin}/assets/app-1a2b.js`, { headers: { 'accept-encoding': 'identity' } });
    expect(await plain.text()).toBe(SCRIPT);
    expect(plain.headers.get('cache-control')).toContain('immutable');
    expect(plain.headers.get('content-type')).toContain('text/javascript');
    const small = await fetch(`${origin}/assets/app-1a2b.js`, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(small.headers.get('content-encoding')).toBe('br');
    expect(await small.text()).toBe(SCRIPT);
    const again = await fetch(`${origin}/assets/app-1a2b.js`, { headers: { 'if-none-match': plain.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
    expect((await fetch(`${origin}/favicon.svg`)).headers.get('content-type')).toBe('image/svg+xml');
  });

  test('never lead out of their folder', async () => {
    for (const path of [
      '/assets/..%2f..%2fsecret.js',
      '/assets/%2e%2e/%2e%2e/secret.js',
      '/assets/..\\..\\secret.js',
      '/..%2fsecret.js',
      '/assets/app-1a2b.js%00',
      '/assets/',
    ]) {
      const answer = await fetch(origin + path);
      expect(answer.status, path).toBe(404);
      expect(await answer.text(), path).not.toContain('not for the web');
    }
  });
});

test('where the pages are not built, a page says how, and a build is picked up without a restart', async () => {
  expect(await (await fetch(origin, { headers: NAVIGATION })).text()).toContain('npm run build:web');
  await build();
  expect(await (await fetch(origin, { headers: NAVIGATION })).text()).toContain('<title>Trainyard</title>');
});

describe('the documentation', () => {
  test('is Swagger UI from this server, and nothing else of its package', async () => {
    const page = await (await fetch(`${origin}/docs`)).text();
    expect(page).not.toMatch(/https?:\/\//u);
    for (const [, path] of page.matchAll(/(?:src|href)="([^"]+)"/gu)) expect((await fetch(origin + path)).status, path).toBe(200);
    expect((await fetch(`${origin}/docs/package.json`)).status).toBe(404);
    expect((await fetch(`${origin}/docs/..%2fpackage.json`)).status).toBe(404);
  });

  test('lists every error under its code, as text', async () => {
    const page = await (await fetch(`${origin}/docs/errors`)).text();
    expect(page).toContain('<tr id="NOT_HERE">');
    expect(page).toContain('&#60;b&#62;{name}&#60;/b&#62;');
  });
});
