import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { CopyId } from '@/components/copy.tsx';
import { Dialog } from '@/components/edit/dialogs.tsx';
import { RoleMark, Status, type Tone } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import { type Deployment, stopVariant, type Variant } from '@/lib/api/deployments.ts';
import type { Group } from '@/lib/api/predictions.ts';
import { count, millis, percent } from '@/lib/format.ts';
import type { RangeSearch } from '@/lib/time-range.ts';

const TONES: Readonly<Record<Variant['state'], Tone>> = { ready: 'ok', loading: 'info', failed: 'bad' };

/** State of a variant in a word; a version that is still on its way is named. */
export function VariantState({ variant }: { variant: Variant }) {
  const { state, version, desired_version: desired, error, detail } = variant;
  const isMoving = desired !== null && version !== null && desired !== version;
  return (
    <Status
      tone={isMoving && state === 'ready' ? 'info' : TONES[state]}
      title={[error, detail].filter((text) => text !== undefined).join('; ') || undefined}
    >
      {isMoving ? `moving to v${desired}` : state}
    </Status>
  );
}

interface VariantsProps {
  readonly deployment: Deployment;
  /** Figures by role over the range. */
  readonly byRole: readonly Group[];
  /** Figures of shadows by version, where there are several. */
  readonly byVersion: readonly Group[];
  readonly range: RangeSearch;
}

const HEADS = ['Variant', 'State', 'Model', 'Version', 'Rows', 'p95', 'Errors', 'Run'] as const;
const NUMBERS: ReadonlySet<string> = new Set(['Rows', 'p95', 'Errors']);

export function Variants({ deployment, byRole, byVersion, range }: VariantsProps) {
  const [stopping, setStopping] = useState<Variant | null>(null);
  const figuresOf = ({ role, version }: Variant): Group | undefined =>
    role === 'shadow' && byVersion.length > 0
      ? byVersion.find(({ group }) => group === version)
      : byRole.find(({ group }) => group === role);
  return (
    <div className={table.scroll}>
      <table className={table.table}>
        <thead>
          <tr>
            {HEADS.map((head) => (
              <th key={head} scope="col" className={NUMBERS.has(head) ? table.num : undefined}>
                {head}
              </th>
            ))}
            <th scope="col">
              <span className="sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {deployment.variants.map((variant) => (
            <VariantRow
              key={variant.name}
              deployment={deployment.name}
              variant={variant}
              figures={figuresOf(variant)}
              range={range}
              stop={() => setStopping(variant)}
            />
          ))}
        </tbody>
      </table>
      {stopping && <StopShadow deployment={deployment} shadow={stopping} close={() => setStopping(null)} />}
    </div>
  );
}

interface VariantRowProps {
  readonly deployment: string;
  readonly variant: Variant;
  readonly figures: Group | undefined;
  readonly range: RangeSearch;
  readonly stop: () => void;
}

function VariantRow({ deployment, variant, figures, range, stop }: VariantRowProps) {
  const filter = {
    ...range,
    deployment,
    variant: variant.role,
    ...(variant.role === 'shadow' ? { version: variant.version ?? undefined } : {}),
  };
  return (
    <tr>
      <td>
        <RoleMark variant={variant.role} />
        {variant.sample !== undefined && <span className="muted"> {percent(variant.sample)}</span>}
      </td>
      <td>
        <VariantState variant={variant} />
      </td>
      <td>
        <Link className="under mono" to="/models/$name" params={{ name: variant.model_name }} title={variant.model}>
          {variant.model.replace(/^models:\//u, '')}
        </Link>
      </td>
      <td>{variant.version === null ? <span className="muted">none</span> : `v${variant.version}`}</td>
      <td className={table.num}>
        <Link className="under" to="/predictions" search={filter}>
          {count(figures?.count ?? 0)}
        </Link>
      </td>
      <td className={table.num}>{millis(figures?.p95_ms)}</td>
      <td className={table.num}>
        <Link className="under" to="/predictions" search={{ ...filter, status: 'error' as const }}>
          {count(figures?.errors ?? 0)}
        </Link>
      </td>
      <td>{variant.run_id === null ? <span className="muted">none</span> : <CopyId id={variant.run_id} what="run id" length={8} />}</td>
      <td>
        {variant.role === 'shadow' && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={stop}
            aria-label={`Stop the shadow of version ${variant.version ?? ''}`}
          >
            Stop
          </Button>
        )}
      </td>
    </tr>
  );
}

function StopShadow({ deployment, shadow, close }: { deployment: Deployment; shadow: Variant; close: () => void }) {
  const version = shadow.version ?? shadow.model;
  return (
    <Dialog
      title={`Stop the shadow of version ${version}`}
      action="Stop the shadow"
      close={close}
      act={() => stopVariant(deployment, shadow, `stopped the shadow of version ${version}`)}
      said="The shadow is stopped. Its predictions and the comparison stay."
    >
      <p>No caller notices: nobody sees a shadow’s answers. The version stays registered, and can be a shadow again.</p>
    </Dialog>
  );
}
