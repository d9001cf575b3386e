import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import { Guard } from '../guard.ts';
import { Metrics } from '../metrics.ts';
import { HttpServer } from '../server.ts';

const guard = new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] });
/** Answers that a direct handler still owes, when a test holds them back. */
const owed: { readonly answer: () => void; readonly socket: Socket }[] = [];
let server: HttpServer;
let port: number;

/** Both ways say who answered and what came. */
function serve(): HttpServer {
  const made = new HttpServer({ guard, logger: silentLogger, metrics: new Metrics(), maxBodyBytes: 1e6 });
  made.addFast((req, res) => {
    if (req.url?.split('?')[0] !== '/predict' || req.method !== 'POST') return false;
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part)).on('end', () => res.end(`ordinary:${Buffer.concat(parts)};`));
    return true;
  });
  made.addDirect((path) => {
    if (path !== '/predict') return undefined;
    return ({ body, reply, socket }) => {
      const text = body.toString();
      const answer = (): void => reply(200, ['content-type', 'text/plain'], `direct:${text};`);
      if (text === 'wait') owed.push({ answer, socket });
      else setImmediate(answer);
    };
  });
  return made;
}

beforeAll(async () => {
  server = serve();
  port = await server.listen('127.0.0.1', 0);
});
afterAll(() => server.stop(100));

/** Sends pieces one after the other, and gives what came back once the server closed or `until` matched. */
async function talk(
  pieces: readonly (string | Buffer | (() => Promise<string>))[],
  until: RegExp | ((text: string) => boolean),
  to = port,
): Promise<string> {
  const socket = connect(to, '127.0.0.1');
  socket.setNoDelay(true);
  let text = '';
  const done = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer but ${JSON.stringify(text)}`)), 5000);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (part: Buffer) => {
      text += part.toString('latin1');
      if (typeof until === 'function' ? until(text) : until.test(text)) end();
    });
    socket.on('close', end).on('error', end);
  });
  for (const piece of pieces) {
    const bytes = typeof piece === 'function' ? await piece() : piece;
    await new Promise<void>((resolve) => void socket.write(bytes, () => setImmediate(resolve)));
  }
  return done;
}

const request = (
  body: string,
  lines: readonly string[] = [`Content-Length: ${Buffer.byteLength(body)}`],
  first = 'POST /predict HTTP/1.1',
): string => [first, 'Host: localhost', ...lines, '', body].join('\r\n');
const bodies = (text: string): string[] => [...text.matchAll(/(?:direct|ordinary):(\w*);/gu)].map((m) => m[1] as string);
const answers =
  (n: number) =>
  (text: string): boolean =>
    bodies(text).length === n;

test('plain requests on one connection are answered directly, with a Date and the length of the answer', async () => {
  const text = await talk([request('one')], answers(1));
  expect(text).toMatch(
    /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain\r\ncontent-length: 11\r\ndate: \w{3}, \d\d .* GMT\r\nconnection: keep-alive\r\n\r\ndirect:one;$/u,
  );
});

test('however the bytes are cut, every request gets its own answer in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^[a-z]{1,9}$/u), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(600), { maxLength: 12 }),
      async (texts, cuts) => {
        const bytes = Buffer.from(texts.map((text) => request(text)).join(''));
        const places = [0, ...new Set(cuts.map((c) => c % bytes.length).sort((a, b) => a - b)), bytes.length];
        const pieces = places.slice(1).map((to, i) => bytes.subarray(places[i], to));
        const text = await talk(
          pieces.filter((p) => p.length > 0),
          answers(texts.length),
        );
        expect(bodies(text)).toEqual(texts);
      },
    ),
    { numRuns: 60 },
  );
});

test('a body that comes later than its head is waited for', async () => {
  const whole = request('later');
  expect(await talk([whole.slice(0, -5), whole.slice(-5)], answers(1))).toContain('direct:later');
});

test('requests that come together stay on the direct way, one after the other', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `r${i}`);
  const text = await talk([names.map((name) => request(name)).join(''), request('last')], answers(201));
  expect(bodies(text)).toEqual([...names, 'last']);
  expect(text).not.toContain('ordinary');
});

test('requests sent before the answer to the first are answered after it', async () => {
  const text = await talk([request('a') + request('b') + request('c')], /c;$/u);
  expect(bodies(text)).toEqual(['a', 'b', 'c']);
  const [first, others] = [request('wait'), request('b') + request('c')];
  const onceItWaits = async (): Promise<string> => {
    await expect.poll(() => owed.length).toBe(1);
    return others;
  };
  const onceAllCame = async (): Promise<string> => {
    await expect.poll(() => owed[0]?.socket.bytesRead).toBe(first.length + others.length);
    owed.pop()?.answer();
    return '';
  };
  const apart = talk([first, onceItWaits, onceAllCame], answers(3));
  expect(bodies(await apart)).toEqual(['wait', 'b', 'c']);
});

test.each<[string, string]>([
  ['a query', request('x', ['Content-Length: 1'], 'POST /predict?a=1 HTTP/1.1')],
  ['a header that is not known here', request('x', ['Content-Length: 1', 'X-Own: 1'])],
  ['a chunked body', request('1\r\nx\r\n0\r\n\r\n', ['Transfer-Encoding: chunked'])],
  ['an expectation', request('x', ['Content-Length: 1', 'Expect: 100-continue'])],
  ['an end of the connection', request('x', ['Content-Length: 1', 'Connection: close'])],
  ['a body over a quarter of a megabyte', request('x'.repeat(300_000))],
  ['an old protocol', request('x', ['Content-Length: 1'], 'POST /predict HTTP/1.0')],
  ['a page of this server', request('x', ['Content-Length: 1', `Origin: http://localhost`])],
])('%s is left to the ordinary server, after plain requests as well', async (_, odd) => {
  expect(await talk([odd], /ordinary:x+;$/u)).toMatch(/ordinary:x/u);
  const before = talk([request('first')], answers(1));
  expect(await before).toContain('direct:first');
  const both = await talk([request('first') + odd], /ordinary:x+;$/u);
  expect(both).toMatch(/:first[\s\S]*ordinary:x/u);
});

test.each<[string, string, number]>([
  ['two lengths', request('x', ['Content-Length: 1', 'Content-Length: 1']), 400],
  ['two lengths that differ', request('xy', ['Content-Length: 1', 'content-length: 2']), 400],
  ['length and chunks', request('0\r\n\r\n', ['Content-Length: 5', 'Transfer-Encoding: chunked']), 400],
  ['a length with a sign', request('x', ['Content-Length: +1']), 400],
  ['a length in two parts', request('x', ['Content-Length: 1, 1']), 400],
  ['a space before the colon', request('x', ['Content-Length : 1']), 400],
  ['a folded line', request('x', ['Accept: a', ' b', 'Content-Length: 1']), 400],
  ['no host', 'POST /predict HTTP/1.1\r\nContent-Length: 1\r\n\r\nx', 400],
  ['a foreign host', 'POST /predict HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\n\r\nx', 403],
  ['a foreign page', request('x', ['Content-Length: 1', 'Origin: https://evil.example']), 403],
  ['a control character', request('x', ['Accept: a\u0001b', 'Content-Length: 1']), 400],
  ['no length at all', 'POST /other HTTP/1.1\r\nHost: localhost\r\n\r\n', 404],
  ['what is no HTTP', '\u0000\u0001\r\n\r\n', 400],
])('%s is refused by the ordinary server', async (_, bytes, status) => {
  expect(await talk([bytes], /^HTTP\/1\.1 \d{3}[\s\S]*\r\n\r\n/u)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'u'));
});

test('a caller that closes its side still gets the answer', async () => {
  const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.on('data', (part: Buffer) => {
    text += part.toString();
  });
  socket.end(request('last'));
  await new Promise((resolve) => socket.once('end', resolve));
  socket.destroy();
  expect(text).toContain('direct:last');
});

test('a stop ends idle connections, lets running answers go out and leaves nothing open', async () => {
  const own = serve();
  const to = await own.listen('127.0.0.1', 0);
  const idle = connect(to, '127.0.0.1');
  const closed = new Promise((resolve) => idle.once('close', resolve));
  idle.resume().write(request('x'));
  const busy = talk([request('wait')], /direct:wait;$/u, to);
  await expect.poll(() => owed.length).toBe(1);
  const stopped = own.stop(5000);
  await closed;
  owed.pop()?.answer();
  expect(await busy).toMatch(/connection: close[\s\S]*direct:wait;$/u);
  await stopped;
  await expect(talk([request('x')], /never/u, to)).resolves.toBe('');
});
