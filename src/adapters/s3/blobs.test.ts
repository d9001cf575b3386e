import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobsContract, type OpenedBlobs } from '#ports/blobs.contract.ts';
import { describeWith } from '#test/harness/available.ts';
import { type FreshBucket, freshBucket } from '#test/harness/s3.ts';
import { openS3Blobs, parseRoot, type S3Options } from './open.ts';

async function* one(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

const text = async (content: AsyncIterable<Uint8Array>): Promise<string> => Buffer.concat(await Array.fromAsync(content)).toString();

/** The credential chain reads the environment; tests set what a user would. */
function withCredentials(bucket: () => FreshBucket): void {
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_SESSION_TOKEN'];
  const before = names.map((name) => process.env[name]);
  beforeAll(() => {
    for (const name of names) delete process.env[name];
    Object.assign(process.env, bucket().env);
  });
  afterAll(() => {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
    delete process.env['MLFLOW_S3_ENDPOINT_URL'];
  });
}

describeWith('minio', 'blobs in a bucket', () => {
  let shared: FreshBucket;
  beforeAll(async () => {
    shared = await freshBucket();
  });
  afterAll(() => shared[Symbol.asyncDispose]());
  withCredentials(() => shared);

  let count = 0;
  const open = (options: Partial<S3Options> = {}) =>
    openS3Blobs({ root: `s3://${shared.name}/place-${++count}`, endpoint: shared.endpoint, createBucket: true, ...options });
  const opened = async (): Promise<OpenedBlobs> => {
    const blobs = await open();
    return { blobs, [Symbol.asyncDispose]: () => blobs.close() };
  };

  blobsContract('S3', opened);

  test('a file of many parts comes back byte by byte, and one that breaks off leaves no parts', async () => {
    const blobs = await open();
    const part = Buffer.alloc(7_000_000, 'a train of wagons ');
    const parts = [part, part, part, part, part, part];
    expect(await blobs.put('big', one(...parts))).toBe(42_000_000);
    const back = Buffer.concat(await Array.fromAsync(blobs.get('big', { start: 34_999_990, end: 35_000_010 })));
    expect(back.equals(Buffer.concat(parts).subarray(34_999_990, 35_000_010))).toBe(true);
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* parts;
      throw new Error('cut off');
    };
    await expect(blobs.put('broken', broken())).rejects.toThrow('cut off');
    expect(await blobs.stat('broken')).toBeUndefined();
    const key = blobs.root.slice(`s3://${shared.name}/`.length);
    const left = await shared.client.send(new ListMultipartUploadsCommand({ Bucket: shared.name, Prefix: `${key}/broken` }));
    expect(left.Uploads ?? []).toEqual([]);
    await blobs.close();
  });

  test('a store sees what lies below its prefix and nothing else', async () => {
    const put = (Key: string) => shared.client.send(new PutObjectCommand({ Bucket: shared.name, Key, Body: 'x' }));
    const [inner, outer] = [await open({ root: `s3://${shared.name}/walled/in` }), await open({ root: `s3://${shared.name}/walled` })];
    await inner.put('a', one('x'));
    await put('walled/in-between');
    await put('walled/in/folder/');
    expect(await Array.fromAsync(inner.list(''), ({ key }) => key)).toEqual(['a']);
    expect(await Array.fromAsync(outer.list('in'), ({ key }) => key)).toEqual(['in-between', 'in/a']);
    for (const key of ['../x', '/x', 'a/../../x', 'a\\b', 'a\0', 'a//b', ''])
      await expect(inner.put(key, one('x'))).rejects.toMatchObject({ name: 'BLOB_KEY_INVALID' });
  });

  test('the server-side settings of uploads are passed on', async () => {
    const blobs = await open({ uploadArgs: { StorageClass: 'REDUCED_REDUNDANCY' } });
    await blobs.put('a', one('x'));
    expect(await text(blobs.get('a'))).toBe('x');
    const wrong = await open({ uploadArgs: { StorageClass: 'NONSENSE' } });
    await expect(wrong.put('a', one('x'))).rejects.toThrow(/storage class/iu);
  });

  describe('past this process', () => {
    test('a signed URL reads one blob, under the name that it should have', async () => {
      const blobs = await open();
      await blobs.put('dir/f.txt', one('content'));
      const { url, headers } = await blobs.direct!.signRead('dir/f.txt', { expiresSeconds: 60, fileName: 'für.txt' });
      const answer = await fetch(url, { headers });
      expect(await answer.text()).toBe('content');
      expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="f_r.txt"; filename*=UTF-8''f%C3%BCr.txt`);
      expect((await fetch(url.replace('f.txt', 'g.txt'))).status).toBe(403);
    });

    test('a signed URL writes one blob of one type', async () => {
      const blobs = await open();
      const { url, headers } = await blobs.direct!.signWrite('new', { expiresSeconds: 60, contentType: 'text/csv' });
      expect((await fetch(url, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/html' } })).status).toBe(403);
      expect((await fetch(url, { method: 'PUT', body: 'a,b', headers })).status).toBe(200);
      expect(await text(blobs.get('new'))).toBe('a,b');
    });

    test('parts are one blob once they are complete, and none when they are given up', async () => {
      const blobs = await open();
      const begun = await blobs.direct!.beginParts('whole', { parts: 2, expiresSeconds: 60 });
      const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('the end')];
      const etags = [];
      for (const [i, { url, headers }] of begun.requests.entries()) {
        const answer = await fetch(url, { method: 'PUT', body: bodies[i]!, headers });
        etags.push({ partNumber: i + 1, etag: answer.headers.get('etag') ?? '' });
      }
      expect(await blobs.stat('whole')).toBeUndefined();
      const invalid = { name: 'BLOB_UPLOAD_INVALID' };
      await expect(blobs.direct!.completeParts('whole', 'nonsense', etags)).rejects.toMatchObject(invalid);
      await expect(blobs.direct!.completeParts('whole', begun.uploadId, [{ partNumber: 1, etag: 'no' }])).rejects.toMatchObject(invalid);
      await blobs.direct!.completeParts('whole', begun.uploadId, etags.reverse());
      expect(await blobs.stat('whole')).toMatchObject({ size: 5 * 1024 * 1024 + 7 });
      const other = await blobs.direct!.beginParts('other', { parts: 1, expiresSeconds: 60 });
      await blobs.direct!.abortParts('other', other.uploadId);
      await blobs.direct!.abortParts('other', other.uploadId);
      expect((await fetch(other.requests[0]!.url, { method: 'PUT', body: 'x' })).status).toBe(404);
    });
  });

  describe('what the operator has to mend is said in a sentence', () => {
    const refused = (message: string) => ({ name: 'BLOB_STORE_REFUSED', message: expect.stringContaining(message) });

    test('a bucket that is missing, where none may be made', async () => {
      const root = `s3://${shared.name}-missing`;
      await expect(open({ root, createBucket: false })).rejects.toMatchObject(refused('blobs.create_bucket'));
    });

    test('keys that are wrong', async () => {
      const { AWS_ACCESS_KEY_ID: key = '', AWS_SECRET_ACCESS_KEY: secret = '' } = process.env;
      process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong-secret';
      await expect(open()).rejects.toMatchObject(refused('the secret key does not belong'));
      process.env['AWS_ACCESS_KEY_ID'] = 'nobody';
      await expect(open()).rejects.toMatchObject(refused('the access key is unknown'));
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret });
    });
  });

  test('a store that does not answer is unavailable after a few tries, not for ever', async () => {
    await expect(open({ endpoint: 'http://127.0.0.1:9', attempts: 2 })).rejects.toMatchObject({
      name: 'BLOB_STORE_UNAVAILABLE',
      spec: { status: 503 },
    });
  });
});

describe('a store that fails now and then', () => {
  /** Speaks just enough S3 to break off answers. */
  async function flaky(answer: (range: string | undefined) => { status: number; body: string; length: number; range?: string }) {
    const asked: (string | undefined)[] = [];
    const server = createServer((req, res) => {
      if (req.url?.includes('list-type')) {
        res.writeHead(200, { 'content-type': 'application/xml' });
        res.end('<ListBucketResult></ListBucketResult>');
        return;
      }
      asked.push(req.headers.range);
      const { status, body, length } = answer(req.headers.range);
      res.writeHead(status, { etag: '"1"', 'content-length': length });
      res.write(body, () => (body.length < length ? res.destroy() : res.end()));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
    const blobs = await openS3Blobs({ root: 's3://bucket', endpoint, attempts: 3 });
    return { asked, blobs, [Symbol.asyncDispose]: async () => void server.close() };
  }

  test('a download goes on where it broke off', async () => {
    const whole = '0123456789';
    await using store = await flaky((range) => {
      const start = Number(/bytes=(\d+)-/u.exec(range ?? '')?.[1] ?? 0);
      return { status: range === undefined ? 200 : 206, body: whole.slice(start, start + 4), length: whole.length - start };
    });
    expect(await text(store.blobs.get('k'))).toBe(whole);
    expect(store.asked).toEqual([undefined, 'bytes=4-', 'bytes=8-']);
  });

  test('requests are tried again, with an end', async () => {
    let left = 2;
    await using store = await flaky(() => (left-- > 0 ? { status: 503, body: '', length: 0 } : { status: 200, body: 'ok', length: 2 }));
    expect(await text(store.blobs.get('k'))).toBe('ok');
    left = 100;
    await expect(store.blobs.put('k', one('x'))).rejects.toMatchObject({ name: 'BLOB_STORE_UNAVAILABLE' });
    expect(left).toBe(97);
  });
});

test('an upload whose part is refused ends soon, with the reason, and is given up', async () => {
  const seen: string[] = [];
  const server = createServer((req, res) => {
    req.resume().once('end', () => {
      const { searchParams } = new URL(req.url ?? '', 'http://x');
      const part = searchParams.get('partNumber');
      seen.push(`${req.method} ${part ?? ''}`.trim());
      if (part === '2') res.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      else if (req.method === 'POST') res.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
      else if (req.method === 'GET') res.end('<ListBucketResult></ListBucketResult>');
      else res.writeHead(req.method === 'DELETE' ? 204 : 200, { etag: '"1"' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  const blobs = await openS3Blobs({ root: 's3://bucket', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  let sent = 0;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (; sent < 1000; sent++) {
      yield Buffer.alloc(1 << 20);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await expect(blobs.put('k', endless())).rejects.toMatchObject({ name: 'BLOB_STORE_REFUSED' });
  expect(sent).toBeLessThan(100);
  expect(seen.slice(0, 2)).toEqual(['GET', 'POST']);
  expect(seen.at(-1)).toBe('DELETE');
  await blobs.close();
  server.close();
});

test('a store that takes a request and never answers is unavailable', async () => {
  const server = createServer((req, res) => {
    if (req.url?.includes('list-type')) res.end('<ListBucketResult></ListBucketResult>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const blobs = await openS3Blobs({ root: 's3://bucket', endpoint, attempts: 2, answerMs: 100 });
  await expect(text(blobs.get('k'))).rejects.toMatchObject({ name: 'BLOB_STORE_UNAVAILABLE' });
  await expect(blobs.stat('k')).rejects.toMatchObject({ name: 'BLOB_STORE_UNAVAILABLE' });
  await blobs.close();
  server.closeAllConnections();
  server.close();
});

describe('the address of a store', () => {
  test.each([
    ['s3://b', { bucket: 'b', prefix: '', root: 's3://b' }],
    ['s3://b/', { bucket: 'b', prefix: '', root: 's3://b' }],
    ['s3a://b//p/q/', { bucket: 'b', prefix: 'p/q/', root: 's3://b/p/q' }],
  ])('%s', (uri, expected) => {
    expect(parseRoot(uri)).toEqual(expected);
  });

  test.each(['s3://', 's3:///x', 's3://b/../c'])('%s is refused', (uri) => {
    expect(() => parseRoot(uri)).toThrow();
  });
});
