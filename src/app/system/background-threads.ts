import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { LOOK_MS, LoopPolicy, type Policy } from '#kernel/loop-policy.ts';

/** Name that libuv gives the threads of its pool: queries of the index run in them, whatever thread asked. */
const POOL_THREAD = 'libuv-worker';
/** Threads of ours whose work can wait: they read runs, index events, watch, read data files, and feed the processes that train. */
const OWN_THREADS = ['sqlite-reader', 'analytics', 'monitoring', 'tables', 'training'];
const NICE = 10;
const TICKS_PER_SECOND = 100;

/**
 * Puts threads under the policies that it reads, one with their ids a line: Node has no call for policies. It ends with its input, or at once where
 * policies cannot be changed in both directions (no right to): a thread that may not leave the idle policy again could starve for ever.
 * Ctrl-C and a service manager signal it too: it goes on while the program ends, or the threads that this waits for would stay where they are.
 */
const CHANGE = `trap '' INT TERM HUP
nice -n ${NICE} chrt --idle 0 chrt --other 0 true || exit
while read -r policy ids; do for id in $ids; do chrt "--$policy" --pid 0 "$id"; done; done`;

/**
 * Lets threads of this process give way to the loop that answers: always nicer, and while the loop is busy under the idle policy. They are told apart by
 * their names, because the pool's exist already. Elsewhere than on Linux nothing happens.
 *
 * @param isPoolAwaited whether predictions themselves wait for the pool
 */
export function threadsGiveWay(isPoolAwaited: boolean): void {
  if (process.platform !== 'linux') return;
  const threads = new BackgroundThreads(new Set(isPoolAwaited ? OWN_THREADS : [...OWN_THREADS, POOL_THREAD]));
  // Started now: later a copy of the tables of much more memory would hold the loop for longer.
  const shell = spawn('/bin/sh', ['-c', CHANGE], { stdio: ['pipe', 'ignore', 'ignore'] });
  const endWatch = new LoopPolicy(
    {
      used: () => threads.starving(),
      change: (policy) => {
        threads.policy = policy;
        shell.stdin.write(`${policy} ${threads.ids.join(' ')}\n`);
      },
    },
    'other',
  ).watch();
  const look = setInterval(() => {
    const added = threads.look();
    if (added.length > 0 && threads.policy === 'idle') shell.stdin.write(`idle ${added.join(' ')}\n`);
  }, LOOK_MS).unref();
  const end = (): void => {
    endWatch();
    clearInterval(look);
  };
  shell.on('error', end).on('exit', end).unref();
  shell.stdin.on('error', end);
  (shell.stdin as { unref?: () => void }).unref?.();
}

class BackgroundThreads {
  readonly #names: ReadonlySet<string>;
  #known = '';
  ids: readonly string[] = [];
  policy: Policy = 'other';

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
    this.look();
  }

  /** @returns those that were not there before; they are nice from now on */
  look(): readonly string[] {
    const all = readdirSync('/proc/self/task');
    if (all.join() === this.#known) return [];
    this.#known = all.join();
    const before = new Set(this.ids);
    this.ids = all.filter((id) => before.has(id) || this.#names.has(read(id, 'comm').trim()));
    const added = this.ids.filter((id) => !before.has(id));
    for (const id of added) {
      try {
        setPriority(Number(id), NICE);
      } catch {
        // It has ended, or that is not allowed here: a hint, never a condition.
      }
    }
    return added;
  }

  /** Processor seconds of those that could run now; undefined when all of them wait for something else. */
  starving(): number | undefined {
    let ticks = 0;
    let isWanted = false;
    for (const id of this.ids) {
      const text = read(id, 'stat');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      isWanted ||= fields[0] === 'R';
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return isWanted ? ticks / TICKS_PER_SECOND : undefined;
  }
}

/** A file of a thread; empty once it has ended. */
function read(id: string, file: string): string {
  try {
    return readFileSync(`/proc/self/task/${id}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
