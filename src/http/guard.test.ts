import { expect, test } from 'vitest';
import { Guard, type GuardOptions, hostName, isLoopbackName } from './guard.ts';

const TOKEN = 'sixteen-characters';
const guard = (options: Partial<GuardOptions> = {}): Guard => new Guard({ loopback: true, allowedHosts: [], corsOrigins: [], ...options });
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test('on loopback only names of this machine are answered to', () => {
  for (const host of ['localhost', 'localhost:8000', '127.0.0.1:1', '127.9.9.9', '[::1]:8000', 'a.localhost', 'LOCALHOST'])
    expect(() => guard().checkSource('GET', { host })).not.toThrow();
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '[::2]', '', 'evil.example:80', '0.0.0.0'])
    expect(() => guard().checkSource('GET', { host }), host).toThrow('is not one that this server answers to');
  expect(() => guard().checkSource('GET', {})).toThrow();
  expect(() => guard({ allowedHosts: ['models.example'] }).checkSource('GET', { host: 'models.example:443' })).not.toThrow();
});

test('a host that was good once does not open the door to others', () => {
  const one = guard();
  one.checkSource('GET', { host: 'localhost' });
  expect(() => one.checkSource('GET', { host: 'evil.example' })).toThrow();
  expect(() => one.checkSource('GET', { host: 'localhost' })).not.toThrow();
});

test('pages of other origins may read nothing that changes and change nothing', () => {
  const from =
    (method: string, origin: string, options: Partial<GuardOptions> = {}) =>
    () =>
      guard(options).checkSource(method, { host: 'localhost:8000', origin });
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    for (const origin of ['https://evil.example', 'null', 'http://localhost:8001', 'http://localhost'])
      expect(from(method, origin)).toThrow('may not call');
  expect(from('POST', 'http://localhost:8000')).not.toThrow();
  expect(from('GET', 'https://evil.example')).not.toThrow();
  expect(from('POST', 'https://good.example', { corsOrigins: ['https://good.example'] })).not.toThrow();
  expect(from('POST', 'https://any.example', { corsOrigins: ['*'] })).not.toThrow();
  expect(guard({ corsOrigins: ['https://good.example'] }).corsOrigin('https://evil.example')).toBeUndefined();
});

test('a token counts as Bearer and as the password of Basic, and nothing else does', () => {
  const locked = guard({ token: TOKEN });
  for (const authorization of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, basic(`me:${TOKEN}`), basic(`:${TOKEN}`)])
    expect(locked.principal({ authorization }).id).toBe('token');
  for (const authorization of [`Bearer ${TOKEN}x`, 'Bearer x', basic('me:'), basic(`${TOKEN}:me`)])
    expect(() => locked.principal({ authorization })).toThrow('needs a token');
  for (const headers of [{}, { authorization: TOKEN }, { authorization: `Token ${TOKEN}` }, { authorization: 'Bearer' }]) {
    const principal = locked.principal(headers);
    expect(() => locked.allow('viewer', principal)).toThrow('needs a token');
    expect(() => locked.allow('public', principal)).not.toThrow();
  }
  expect(guard().principal({}).roles).toContain('admin');
});

test('names are read from hosts with ports and brackets', () => {
  expect(['A:80', '[::1]:80', '[::1]', 'a', 'a:', undefined].map(hostName)).toEqual(['a', '::1', '::1', 'a', 'a', '']);
  expect(['127.0.0.1', '::1', 'localhost'].every(isLoopbackName)).toBe(true);
  expect(['128.0.0.1', '127.0.0', 'localhost.', 'xlocalhost'].some(isLoopbackName)).toBe(false);
});
