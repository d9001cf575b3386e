import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { CliError, Client } from './client.ts';
import { fields, table } from './output.ts';
import { list } from './server-command.ts';

describe('output for people', () => {
  test('tables are aligned, numbers to the right', () => {
    expect(
      table(
        ['name', 'rows'],
        [
          ['iris', 150],
          ['housing', 20640],
        ],
      ),
    ).toEqual(['name      rows', 'iris       150', 'housing  20640']);
    expect(table(['name'], [])).toEqual(['none']);
    expect(fields({ ok: 1, average_ms: 1.23456789, gone: undefined, none: null })).toEqual([
      'ok          1',
      'average_ms  1.23457',
      'none        -',
    ]);
  });

  test('lists may be repeated and hold commas', () => {
    expect(list('c, d', list('a,b'))).toEqual(['a', 'b', 'c', 'd']);
  });
});

/** A server that answers every request with this. */
async function answering(status: number, body: string) {
  const seen: { url?: string | undefined; authorization?: string | undefined }[] = [];
  const server = createServer((req, res) => {
    seen.push({ url: req.url, authorization: req.headers.authorization });
    res.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, [Symbol.asyncDispose]: async () => void server.close() };
}

describe('the client', () => {
  test('sends the token and the query, and reads JSON', async () => {
    await using server = await answering(200, '{"count":3}');
    const client = new Client({ url: `${server.url}/`, token: 'secret' });
    expect(await client.get('/api/x', { a: 'b c', none: undefined })).toEqual({ count: 3 });
    expect(server.seen).toEqual([{ url: '/api/x?a=b+c', authorization: 'Bearer secret' }]);
  });

  test("tells the server's own sentence, its fields and its hint", async () => {
    const problem = {
      detail: 'The input does not fit.',
      hint: 'Look at /docs.',
      errors: [{ field: 'MedInc', message: 'must be at least 0' }],
    };
    await using server = await answering(422, JSON.stringify(problem));
    const failure = await new Client({ url: server.url }).post('/predict').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CliError);
    expect(failure).toMatchObject({
      message: 'The input does not fit.\n  MedInc: must be at least 0',
      hint: 'Look at /docs.',
      exitCode: 1,
    });
  });

  test('names the token where one is wanted, and a server that speaks no JSON', async () => {
    await using closed = await answering(401, '{"detail":"A token is needed."}');
    await expect(new Client({ url: closed.url }).get('/x')).rejects.toMatchObject({ hint: 'Set TRAINYARD_TOKEN.' });
    await using other = await answering(200, '<html>');
    await expect(new Client({ url: other.url }).get('/x')).rejects.toThrow('did not answer JSON');
  });
});
