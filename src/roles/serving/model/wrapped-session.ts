import type { Session } from '#ports/inference.ts';

/** A session that shows itself or runs in another way, and is in all else the one within. */
export function wrapped(session: Session, { inputs, outputs, run }: Partial<Pick<Session, 'inputs' | 'outputs' | 'run'>>): Session {
  return {
    inputs: inputs ?? session.inputs,
    outputs: outputs ?? session.outputs,
    get isolated() {
      return session.isolated;
    },
    get memoryBytes() {
      return session.memoryBytes;
    },
    get idleBytes() {
      return session.idleBytes;
    },
    get note() {
      return session.note;
    },
    shed: () => session.shed?.(),
    beforeGrowth: (ask) => session.beforeGrowth?.(ask),
    run: run ?? ((feeds, wanted) => session.run(feeds, wanted)),
    close: () => session.close(),
  };
}
