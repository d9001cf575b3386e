import type { RoleContext } from '#roles/define-role.ts';
import type { LoadDeps } from './model/load.ts';

/** Settings of models that run in Python. */
export interface PythonConfig {
  readonly python: {
    readonly enabled: boolean;
    readonly executable: string;
    readonly memory_bytes: number;
    readonly timeout_ms: number;
    readonly load_timeout_ms: number;
  };
}

type Context = RoleContext<PythonConfig, 'inference' | 'pythonModels', 'artifacts'>;

/** What models are loaded with. */
export function loading({ ports, peers, config }: Pick<Context, 'ports' | 'peers' | 'config'>): LoadDeps {
  const { enabled, executable, memory_bytes: memoryBytes, timeout_ms: runTimeoutMs, load_timeout_ms: loadTimeoutMs } = config.python;
  const limits = { executable, memoryBytes, runTimeoutMs, loadTimeoutMs };
  return { artifacts: peers.artifacts, inference: ports.inference, python: { models: ports.pythonModels, isEnabled: enabled, limits } };
}
