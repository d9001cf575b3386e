import { Panel } from '@/components/panel.tsx';
import { Shown } from '@/components/states.tsx';
import { DriftTable, ReferenceNote } from '@/features/monitoring/drift-table.tsx';
import { coverageText, QualityView } from '@/features/monitoring/quality-view.tsx';
import { ShadowComparison } from '@/features/monitoring/shadow-comparison.tsx';
import type { Deployment } from '@/lib/api/deployments.ts';
import { getDrift, getQuality, listShadowPairs } from '@/lib/api/monitors.ts';
import { useRangeQuery } from '@/lib/live.ts';
import { useRange, useZoom } from '@/lib/use-range.ts';

/** Is it still right, does the shadow do better, does it still see what it was trained on? */
export function DeploymentMonitor({ deployment: { name, variants } }: { deployment: Deployment }) {
  const range = useRange();
  const zoom = useZoom();
  const hasShadow = variants.some(({ role }) => role === 'shadow');
  const quality = useRangeQuery(['quality', name], range, (window, signal) => getQuality(name, window, signal));
  const drift = useRangeQuery(['drift', name], range, (window, signal) => getDrift(name, window, signal));
  return (
    <>
      {hasShadow && <Shadow name={name} />}
      <Panel title="Quality" note={quality.data && coverageText(quality.data.data)}>
        <Shown query={quality} what="The quality" height={160}>
          {({ data, window }) => <QualityView quality={data} window={window} onZoom={zoom} />}
        </Shown>
      </Panel>
      <Panel title="Drift" note={drift.data && <ReferenceNote drift={drift.data.data} />} flush>
        <Shown query={drift} what="The drift" height={200}>
          {({ data }) => <DriftTable drift={data} />}
        </Shown>
      </Panel>
    </>
  );
}

function Shadow({ name }: { name: string }) {
  const range = useRange();
  const pairs = useRangeQuery(['shadow', name], range, (window, signal) => listShadowPairs(name, window, signal));
  return (
    <Panel title="Shadow" note="the same rows, answered by both">
      <Shown query={pairs} what="The shadow comparison" height={160}>
        {({ data }) => <ShadowComparison pairs={data} />}
      </Shown>
    </Panel>
  );
}
