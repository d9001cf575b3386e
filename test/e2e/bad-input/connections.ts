import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor } from '#test/harness/wait-for.ts';
import { type Answer, ask, expectMlflowError, expectOipError, expectProblem } from '../answers.ts';
import { open, post } from '../raw-socket.ts';

const ROW = JSON.stringify({ features: [5.1, 3.5, 1.4, 0.2] });

const healthy = async (url: string): Promise<void> => {
  expect((await ask(`${url}/predict`, { body: ROW })).status).toBe(200);
};

/** Callers whose bytes come strangely, or not at all. */
export function connections(at: () => string): void {
  test('two pipelined requests are answered in order', async () => {
    const { socket, received } = await open(at());
    socket.write(
      post('/predict', '[[1,1,1,1],[2,2,2,2]]') + post('/predict', ROW) + post('/predict', '{"features":[1]}') + post('/predict', ROW),
    );
    await waitFor('four answers', () => received().match(/HTTP\/1\.1 /gu)?.length === 4 && received().trimEnd().endsWith('}'));
    const answers = received().split('HTTP/1.1 ').slice(1);
    expect(answers.map((a) => a.slice(0, 3))).toEqual(['200', '200', '422', '200']);
    expect(answers[0]).toContain('"predictions":[');
    expect(answers[1]).not.toContain('"predictions":[');
    socket.destroy();
  });

  test('a body in chunks is one body', async () => {
    const { socket, received } = await open(at());
    socket.write(post('/predict', '', ['transfer-encoding: chunked']));
    for (const part of [ROW.slice(0, 5), ROW.slice(5, 6), ROW.slice(6)]) {
      socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
      await turn();
    }
    socket.write('0\r\n\r\n');
    await waitFor('an answer', () => received().includes('"prediction_id"'));
    expect(received()).toMatch(/^HTTP\/1\.1 200/u);
    socket.destroy();
  });

  test('chunks beyond the limit are refused while they come', async () => {
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`;
    for (const path of ['/predict', '/feedback', '/api/2.0/mlflow/runs/create']) {
      const { socket, received } = await open(at());
      socket.write(post(path, '', ['transfer-encoding: chunked']));
      for (let i = 0; i < 40; i++) socket.write(chunk);
      socket.write(`0\r\n\r\n${post('/predict', ROW)}`);
      await waitFor('both answers', () => received().includes('"prediction_id"'));
      expect(received()).toMatch(/^HTTP\/1\.1 413[\s\S]*is larger than the limit[\s\S]*HTTP\/1\.1 200/u);
      socket.destroy();
    }
  });

  // Closing on unread bytes would reset the connection, and the caller see that instead of the answer: in half of all cases when it was so.
  test('who wants the connection closed hears all the same why a large body was refused', async () => {
    const body = 'x'.repeat(40 * 2 ** 20);
    for (const path of ['/predict', '/feedback', '/api/2.0/mlflow/runs/create', '/nothing'])
      for (let i = 0; i < 4; i++) {
        const { socket, received, closed } = await open(at());
        const failures: Error[] = [];
        socket.on('error', (error) => failures.push(error));
        socket.write(post(path, body, ['connection: close', `content-length: ${body.length}`]));
        await waitFor('the end of the connection', closed);
        expect({ path, failures }).toEqual({ path, failures: [] });
        expect(received()).toMatch(path === '/nothing' ? /^HTTP\/1\.1 404/u : /^HTTP\/1\.1 413/u);
        socket.destroy();
      }
  });

  test('chunks without end are not read for ever', async () => {
    const { socket, received, closed } = await open(at());
    socket.write(post('/predict', '', ['transfer-encoding: chunked']));
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`;
    await waitFor('the end of the connection', () => {
      for (let i = 0; i < 10 && !closed(); i++) socket.write(chunk);
      return closed();
    });
    expect(received()).toMatch(/^HTTP\/1\.1 413/u);
    await healthy(at());
  });

  test('a client that goes away half-way harms nobody', async () => {
    for (const path of ['/predict', '/feedback', '/api/2.0/mlflow/runs/create', '/api/2.0/mlflow-artifacts/artifacts/half/model.bin']) {
      const method = path.endsWith('.bin') ? 'PUT' : 'POST';
      for (const cut of [1, 40, -10, -1]) {
        const { socket } = await open(at());
        socket.write(post(path, ROW).replace('POST', method).slice(0, cut));
        await turn();
        socket.destroy();
      }
    }
    const late = await open(at());
    late.socket.write(post('/predict', ROW));
    late.socket.destroy();
    await healthy(at());
  });

  test('a slow client does not keep others waiting', async () => {
    const { socket, received } = await open(at());
    const request = post('/predict', ROW);
    for (const byte of request.slice(0, -1)) {
      socket.write(byte);
      await turn();
    }
    await healthy(at());
    expect(received()).toBe('');
    socket.write(request.slice(-1));
    await waitFor('its answer', () => received().includes('"prediction_id"'));
    socket.destroy();
  });

  test('bytes that are no HTTP, headers without end and double lengths end the connection only', async () => {
    const lengths = post('/predict', ROW, [`content-length: ${ROW.length}`, 'transfer-encoding: chunked']);
    for (const bytes of [
      '\x16\x03\x01\x02\x00 hello\r\n\r\n',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      lengths,
    ]) {
      const { socket, received, closed } = await open(at());
      socket.write(bytes);
      await waitFor('the end of the connection', closed);
      expect(received()).toMatch(/^HTTP\/1\.1 4\d\d/u);
    }
    await healthy(at());
  });

  test('a Host header of another site is refused: 403', async () => {
    const { socket, received } = await open(at());
    socket.write('GET /api/v1/deployments HTTP/1.1\r\nhost: evil.example\r\n\r\n');
    await waitFor('an answer', () => received().includes('HOST_REFUSED'));
    expect(received()).toMatch(/^HTTP\/1\.1 403/u);
    socket.destroy();
  });

  test('HEAD is a GET without its body, OPTIONS is told in the right form', async () => {
    const head = await ask(`${at()}/api/v1/deployments`, { method: 'HEAD' });
    expect({ status: head.status, text: head.text, type: head.headers.get('content-type') }).toMatchObject({
      status: 200,
      text: '',
      type: expect.stringContaining('json'),
    });
    const predict = await ask(`${at()}/predict`, { method: 'HEAD' });
    expect([predict.status, predict.text, predict.headers.get('allow')]).toEqual([405, '', 'POST, OPTIONS']);
    expectProblem(await ask(`${at()}/nothing`, { method: 'OPTIONS' }), { status: 404, code: 'ENDPOINT_NOT_FOUND' });
  });

  test('OPTIONS tells what a path takes', async () => {
    const allowed = async (path: string): Promise<unknown[]> => {
      const { status, text, headers } = await ask(at() + path, { method: 'OPTIONS' });
      return [status, text, headers.get('allow')];
    };
    expect(await allowed('/predict')).toEqual([204, '', 'POST, OPTIONS']);
    expect(await allowed('/v2/models/iris/infer')).toEqual([204, '', 'POST, OPTIONS']);
    expect(await allowed('/livez')).toEqual([204, '', 'GET, HEAD, OPTIONS']);
    expect(await allowed('/api/v1/deployments/iris')).toEqual([204, '', 'GET, HEAD, PUT, DELETE, OPTIONS']);
    expect(await allowed('/api/v1/deployments/iris/')).toEqual([204, '', 'GET, HEAD, PUT, DELETE, OPTIONS']);
    expect(await allowed('/ajax-api/2.0/mlflow/runs/create')).toEqual([204, '', 'POST, OPTIONS']);
    const { socket, received, closed } = await open(at());
    socket.write('OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await waitFor('the end of the connection', closed);
    expect(received()).toMatch(/^HTTP\/1\.1 204[\s\S]*allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/iu);
  });

  test('a wrong method is a 405 in the form of the path, and names the right ones', async () => {
    const wrong = async (path: string, method: string, allow: string): Promise<Answer> => {
      const answer = await ask(at() + path, { method });
      expect([answer.status, answer.headers.get('allow')], `${method} ${path}`).toEqual([405, allow]);
      return answer;
    };
    const problem = { status: 405, code: 'METHOD_NOT_ALLOWED' };
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])
      expectProblem(await wrong('/predict', method, 'POST, OPTIONS'), { ...problem, names: [`${method} /predict`, 'POST'] });
    expectProblem(await wrong('/deployments/iris/predict?x=1', 'PUT', 'POST, OPTIONS'), problem);
    expectProblem(await wrong('/feedback', 'GET', 'POST, OPTIONS'), problem);
    expectProblem(await wrong('/livez', 'POST', 'GET, HEAD, OPTIONS'), problem);
    expectProblem(await wrong('/', 'POST', 'GET, HEAD, OPTIONS'), problem);
    expectProblem(await wrong('/api/v1/deployments/iris', 'PATCH', 'GET, HEAD, PUT, DELETE, OPTIONS'), problem);
    expectOipError(await wrong('/v2/models/iris/infer', 'GET', 'POST, OPTIONS'), 405, ['/v2/models/iris/infer']);
    expectOipError(await wrong('/v1/models/iris:predict', 'GET', 'POST, OPTIONS'), 405, ['/v1/models/iris:predict']);
    expectOipError(await wrong('/v2/models/iris', 'DELETE', 'GET, HEAD, OPTIONS'), 405, ['/v2/models/iris']);
    const runs = '/api/2.0/mlflow/runs';
    expectMlflowError(await wrong(`${runs}/create`, 'GET', 'POST, OPTIONS'), 405, 'ENDPOINT_NOT_FOUND', ['POST']);
    expectMlflowError(await wrong(`${runs}/get`, 'PUT', 'GET, HEAD, OPTIONS'), 405, 'ENDPOINT_NOT_FOUND', ['GET']);
    expectMlflowError(await wrong('/invocations', 'GET', 'POST, OPTIONS'), 405, 'ENDPOINT_NOT_FOUND');
    for (const path of ['/nothing', '/api/v1/nothing', '/deployments/iris'])
      expectProblem(await ask(at() + path, { method: 'POST' }), { status: 404, code: 'ENDPOINT_NOT_FOUND', names: [`POST ${path}`] });
  });

  test('a path that cannot be decoded is a 400 in the form of the path', async () => {
    expectProblem(await ask(`${at()}/api/v1/deployments/%E0%A4%A`), { status: 400, code: 'REQUEST_INVALID', names: ['%E0%A4%A'] });
    expectOipError(await ask(`${at()}/v2/models/%E0%A4%A`), 400, ['%E0%A4%A']);
    expectMlflowError(await ask(`${at()}/api/2.0/mlflow/%E0%A4%A`), 400, 'BAD_REQUEST');
    expectProblem(await ask(`${at()}/api/v1/predictions/${'x'.repeat(6000)}`), { status: 404, code: 'ENDPOINT_NOT_FOUND' });
  });

  test('a content type that is none is a 415 on every kind of path', async () => {
    const sent = { body: '{}', headers: { 'content-type': 'foo bar' } };
    expectProblem(await ask(`${at()}/feedback`, sent), { status: 415, code: 'CONTENT_TYPE_UNSUPPORTED', names: ['foo bar'] });
    expectOipError(await ask(`${at()}/v2/models/iris/infer`, sent), 415, ['foo bar']);
    expectMlflowError(await ask(`${at()}/api/2.0/mlflow/registered-models/create`, sent), 415, 'INVALID_PARAMETER_VALUE');
  });

  test('MLflow paths refuse in words of MLflow', async () => {
    const create = `${at()}/api/2.0/mlflow/registered-models/create`;
    expectMlflowError(await ask(create, { body: '{"name"' }), 400, 'BAD_REQUEST');
    expectMlflowError(await ask(create, { body: {} }), 400, 'INVALID_PARAMETER_VALUE', ["'name'"]);
    expectMlflowError(await ask(create, { body: { name: { a: 1 } } }), 400, 'INVALID_PARAMETER_VALUE', ["'name'"]);
    expectMlflowError(await ask(create, { body: `{"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}` }), 400, 'INVALID_PARAMETER_VALUE');
    expectMlflowError(await ask(create, { body: JSON.stringify('n'.repeat(1_000_000)) }), 400, 'INVALID_PARAMETER_VALUE');
    const get = await ask(`${at()}/api/2.0/mlflow/registered-models/get?name=nope`);
    expectMlflowError(get, 404, 'RESOURCE_DOES_NOT_EXIST', ['nope']);
  });
}
