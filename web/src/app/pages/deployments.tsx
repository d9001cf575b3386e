import { PageHead, Panel } from '@/components/panel.tsx';
import { Shown } from '@/components/states.tsx';
import { UploadButton } from '@/features/serving/upload/upload-button.tsx';
import { DeploymentTable } from '@/features/ui/deployment-table.tsx';
import { FirstSteps } from '@/features/ui/first-steps.tsx';
import { useDeployments, useMonitors, useTraffic } from '@/features/ui/use-fleet.ts';
import type { Deployment } from '@/lib/api/deployments.ts';
import type { MonitorLine } from '@/lib/api/monitors.ts';
import { inSentence, plural } from '@/lib/format.ts';
import { useRange } from '@/lib/use-range.ts';

export function DeploymentsPage() {
  const deployments = useDeployments();
  return (
    <>
      <PageHead title="Deployments" question="What answers, with which version, and how well?">
        <UploadButton />
      </PageHead>
      <Shown query={deployments} what="The deployments" height={200}>
        {(items) => (items.length === 0 ? <FirstSteps upload={<UploadButton variant="filled" />} /> : <Table deployments={items} />)}
      </Shown>
    </>
  );
}

const NO_MONITORS: ReadonlyMap<string, MonitorLine> = new Map();

function Table({ deployments }: { deployments: readonly Deployment[] }) {
  const range = useRange();
  const traffic = useTraffic(range);
  const monitors = useMonitors(range);
  return (
    <Panel title={plural(deployments.length, 'deployment')} note={inSentence(range.label)} flush>
      <DeploymentTable
        deployments={deployments}
        traffic={traffic.data?.data}
        window={traffic.data?.window}
        monitors={monitors.data?.data ?? NO_MONITORS}
        range={range.search}
      />
    </Panel>
  );
}
