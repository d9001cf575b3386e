import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { deploy, predict, registerVersion, sideModel } from './small-models.ts';

const OTHER = 0;
const IDLE = 5;

/** Name, niceness and policy (fields 19 and 41 of proc_pid_stat(5)) of each thread. */
function threads(pid: number): { readonly name: string; readonly nice: number; readonly policy: number }[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    const text = readFileSync(`/proc/${pid}/task/${id}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), nice: Number(fields[16]), policy: Number(fields[38]) };
  });
}

/** Shells that change policies, told from other children by their script; none where the system does not tell. */
function shells(pid: number): number[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return '';
    }
  };
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').map(Number);
  return children.filter((id) => id > 0 && read(`/proc/${id}/cmdline`).includes('while read -r policy ids'));
}

const BACKGROUND = ['analytics', 'libuv-worker'];
const isBackground = ({ name }: { name: string }): boolean => BACKGROUND.includes(name);

/** Policies can be changed in both directions on Linux by who may raise priorities: root, if its container lets it. */
const isPossible = spawnSync('nice', ['-n', '10', 'chrt', '--idle', '0', 'chrt', '--other', '0', 'true']).status === 0;

test('threads that index and query give way to the loop that answers, and only while it is busy', { timeout: 120_000 }, async () => {
  await using product = await startProduct();
  await registerVersion(product.url, 'side', sideModel());
  expect((await deploy(product.url, 'side', [{ role: 'primary', model: 'models:/side/1' }])).status).toBe(200);
  const seen = () => threads(product.pid);
  await waitFor('nice threads', () => BACKGROUND.every((name) => seen().some((thread) => thread.name === name && thread.nice === 10)));
  const loop = () => seen().find(({ name }) => name === 'MainThread');
  let isEnough = false;
  const callers = Array.from({ length: 8 }, async () => {
    while (!isEnough) await predict(product.url, 'side');
  });
  if (isPossible)
    await waitFor('the idle policy', () =>
      seen()
        .filter(isBackground)
        .every(({ policy }) => policy === IDLE),
    );
  expect(loop()).toMatchObject({ nice: 0, policy: OTHER });
  // As Ctrl-C in a terminal does: the signal is for all that run there, and what ends later must not be held back for ever.
  for (const id of shells(product.pid)) process.kill(id, 'SIGINT');
  isEnough = true;
  await Promise.all(callers);
  await waitFor(
    'the usual policy',
    () =>
      seen()
        .filter(isBackground)
        .every(({ policy }) => policy === OTHER),
    60_000,
  );
});
