import { openAsBlob } from 'node:fs';
import type { NewRun } from '#client/runs.ts';
import { ProgressBar } from './progress.ts';
import type { Session } from './server-command.ts';

/** One file of a model's folder: where it is, or what it holds. */
export interface ModelFile {
  readonly path: string;
  readonly from: string | { readonly text: string };
}

export interface VersionToSend {
  /** Registered model. */
  readonly name: string;
  readonly files: readonly ModelFile[];
  /** The run that keeps the files. */
  readonly fresh: NewRun;
  readonly alias?: string | undefined;
  readonly description?: string | undefined;
}

/** Logs the files to a run of their own and makes them a version of the model. */
export async function sendVersion(
  { client }: Session,
  { name, files, fresh, alias, description }: VersionToSend,
): Promise<{ version: string; runId: string }> {
  const run = await client.runs.during(fresh, async (run) => {
    const bar = new ProgressBar();
    try {
      for (const [i, { path, from }] of files.entries()) {
        bar.update(i / files.length, `sending ${path}`);
        await run.logArtifact(`model/${path}`, typeof from === 'string' ? await openAsBlob(from) : from.text);
      }
    } finally {
      bar.end();
    }
    return run;
  });
  const { version } = await client.registry.register({
    name,
    from: { run, path: 'model' },
    ...(alias === undefined ? {} : { alias }),
    ...(description === undefined ? {} : { description }),
  });
  return { version, runId: run.id };
}
