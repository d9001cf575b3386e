import type { Tone } from '@/components/status.tsx';
import type { Deployment } from '@/lib/api/deployments.ts';
import type { MonitorLine } from '@/lib/api/monitors.ts';
import type { Status } from '@/lib/api/platform.ts';
import type { Group } from '@/lib/api/predictions.ts';
import { count, percent, significant } from '@/lib/format.ts';

/** Something that a person should look at, in words, with the place to look. */
export interface Concern {
  readonly id: string;
  readonly tone: Tone;
  readonly text: string;
  readonly deployment?: string;
  /** Leads to the failed predictions instead of the deployment. */
  readonly toErrors?: boolean;
}

interface Known {
  readonly deployments: readonly Deployment[];
  readonly figures: ReadonlyMap<string, Group>;
  readonly monitors: ReadonlyMap<string, MonitorLine>;
  readonly status: Status | undefined;
}

/** Worst first. Empty when everything is as it should be. */
export function concernsOf({ deployments, figures, monitors, status }: Known): Concern[] {
  const concerns = [
    ...(status?.components ?? []).flatMap(componentConcern),
    ...deployments.flatMap((deployment) => [
      ...deployment.variants.flatMap((variant) => variantConcern(deployment, variant)),
      ...errorConcern(deployment.name, figures.get(deployment.name)),
      ...driftConcern(deployment.name, monitors.get(deployment.name)),
      ...shadowConcern(deployment.name, monitors.get(deployment.name)),
    ]),
  ];
  const weight: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, info: 2, none: 3, ok: 4 };
  return concerns.sort((a, b) => weight[a.tone] - weight[b.tone]);
}

function componentConcern({ name, state, detail }: Status['components'][number]): Concern[] {
  if (state === 'ok' || state === 'starting') return [];
  return [
    { id: `component-${name}`, tone: state === 'down' ? 'bad' : 'warn', text: `${name} is ${state}${detail === '' ? '' : `: ${detail}`}` },
  ];
}

function variantConcern(
  { name }: Deployment,
  { role, state, error, version, desired_version, model }: Deployment['variants'][number],
): Concern[] {
  const id = `${name}-${role}-${model}`;
  if (state === 'failed' && version === null)
    return [
      {
        id,
        deployment: name,
        tone: 'bad',
        text: `${name}: the ${role} ${model} could not be loaded${error === undefined ? '' : `: ${error}`}`,
      },
    ];
  if (error !== undefined)
    return [
      {
        id,
        deployment: name,
        tone: 'warn',
        text: `${name}: version ${desired_version} of the ${role} could not be loaded, version ${version} still answers: ${error}`,
      },
    ];
  if (state === 'loading' && version === null)
    return [{ id, deployment: name, tone: 'info', text: `${name}: the ${role} ${model} is loading` }];
  return [];
}

function errorConcern(name: string, figures: Group | undefined): Concern[] {
  if (!figures || figures.count === 0 || figures.errors === 0) return [];
  const share = figures.errors / figures.count;
  const text = `${name}: ${count(figures.errors)} of ${count(figures.count)} rows failed (${percent(share)})`;
  return [{ id: `${name}-errors`, deployment: name, toErrors: true, tone: share >= 0.01 ? 'bad' : 'warn', text }];
}

function driftConcern(name: string, monitor: MonitorLine | undefined): Concern[] {
  const drift = monitor?.drift;
  if (!drift || drift.share_drifted === 0) return [];
  const worst = drift.column === null || drift.max_psi === null ? '' : `, most of all ${drift.column} (PSI ${significant(drift.max_psi)})`;
  const text = `${name}: ${percent(drift.share_drifted, 0)} of the inputs differ from the reference${worst}, over ${count(drift.n)} rows`;
  return [{ id: `${name}-drift`, deployment: name, tone: 'warn', text }];
}

/** Fewer pairs say nothing of agreement. */
const LEAST_PAIRS = 50;

function shadowConcern(name: string, monitor: MonitorLine | undefined): Concern[] {
  const shadow = monitor?.shadow;
  if (!shadow || shadow.agreement === null || shadow.n < LEAST_PAIRS || shadow.agreement >= 0.9) return [];
  const text = `${name}: the shadow v${shadow.version} agrees on ${percent(shadow.agreement)} of ${count(shadow.n)} rows only`;
  return [{ id: `${name}-shadow`, deployment: name, tone: 'info', text }];
}
