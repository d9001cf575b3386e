import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * Where a model may run, what memory it took in the trial, its whole process then, bytes, and which dimensions of its inputs were tried. `late`: the trial
 * did not end in time, so nobody knows yet.
 */
const Verdict = z.discriminatedUnion('place', [
  z.object({
    place: z.literal('here'),
    memoryBytes: z.number().optional(),
    processBytes: z.number().optional(),
    sizes: z.array(z.record(z.string(), z.array(z.number()))),
  }),
  z.object({ place: z.literal('apart'), memoryBytes: z.number().optional(), late: z.boolean().optional() }),
]);
export type Verdict = z.infer<typeof Verdict>;

/** Oldest entries go first beyond this. */
const MAX_ENTRIES = 10_000;

/** Where models may run, by hash, kept over restarts so that a start measures nothing twice. Without a folder it is kept in memory. */
export class Verdicts {
  readonly #folder: string | undefined;
  #writing: Promise<void> = Promise.resolve();
  #entries: Promise<Map<string, Verdict>> | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  async get(key: string): Promise<Verdict | undefined> {
    this.#entries ??= this.#read();
    return (await this.#entries).get(key);
  }

  async put(key: string, verdict: Verdict): Promise<void> {
    this.#entries ??= this.#read();
    const entries = await this.#entries;
    entries.set(key, verdict);
    for (const oldest of entries.keys()) {
      if (entries.size <= MAX_ENTRIES) break;
      entries.delete(oldest);
    }
    const write = () => this.#write(entries);
    this.#writing = this.#writing.then(write, write);
    await this.#writing;
  }

  /** One after the other, as all go by the same name until they are whole. One that cannot be written costs a measurement at the next start. */
  async #write(entries: ReadonlyMap<string, Verdict>): Promise<void> {
    if (this.#folder === undefined) return;
    const file = join(this.#folder, 'models.json');
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(`${file}.${process.pid}`, JSON.stringify(Object.fromEntries(entries)));
      await rename(`${file}.${process.pid}`, file);
    } catch {
      await rm(`${file}.${process.pid}`, { force: true });
    }
  }

  /** A file that cannot be read costs a new measurement, nothing else. */
  async #read(): Promise<Map<string, Verdict>> {
    if (this.#folder === undefined) return new Map();
    try {
      const content = JSON.parse(await readFile(join(this.#folder, 'models.json'), 'utf8')) as Record<string, unknown>;
      const read = ([key, value]: [string, unknown]): [string, Verdict][] => {
        const { data } = Verdict.safeParse(value);
        return data ? [[key, data]] : [];
      };
      return new Map(Object.entries(content).flatMap(read));
    } catch {
      return new Map();
    }
  }
}
