import { ActionIcon, Button, Menu } from '@mantine/core';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Description } from '@/components/edit/description.tsx';
import { Dialog, TextDialog } from '@/components/edit/dialogs.tsx';
import { ownTags, TagEditor } from '@/components/edit/tags.tsx';
import { PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import table from '@/components/table.module.css';
import { type AliasAsked, AliasDialog } from '@/features/registry/alias-dialog.tsx';
import { AliasMark } from '@/features/registry/alias-mark.tsx';
import { followersOf, liveByVersion } from '@/features/registry/live-in.ts';
import { Moves } from '@/features/registry/moves.tsx';
import css from '@/features/registry/registry.module.css';
import { VersionsTable } from '@/features/registry/versions-table.tsx';
import { listDeployments } from '@/lib/api/deployments.ts';
import { searchVersions } from '@/lib/api/mlflow.ts';
import {
  aliasHistory,
  deleteModel,
  deleteModelTag,
  describeModel,
  getModel,
  type ModelVersion,
  type RegisteredModel,
  renameModel,
  setModelTag,
} from '@/lib/api/registry.ts';
import { plural } from '@/lib/format.ts';
import { EVERY, useLive } from '@/lib/live.ts';
import { ApiError } from '@/lib/request.ts';

export function ModelPage() {
  const { name } = useParams({ from: '/models/$name' });
  const query = useLive(['model', name], (signal) => getModel(name, signal));
  const versions = useLive(['versions', name], (signal) => searchVersions(name, signal));
  if (query.error instanceof ApiError && query.error.status === 404) return <Empty title={`There is no model ${name}`} />;
  return (
    <Shown query={query} what="The model" height={420}>
      {(model) => (
        <>
          <Head model={model} versions={versions.data?.length ?? 0} />
          <Shown query={versions} what="The versions" height={240}>
            {(items) => <Body model={model} versions={items} />}
          </Shown>
        </>
      )}
    </Shown>
  );
}

function Head({ model, versions }: { model: RegisteredModel; versions: number }) {
  const { name, description = '', tags } = model;
  const navigate = useNavigate();
  const [asked, setAsked] = useState<'rename' | 'delete' | null>(null);
  const rename = async (text: string) => {
    await renameModel(name, text);
    await navigate({ to: '/models/$name', params: { name: text }, replace: true });
  };
  return (
    <>
      <PageHead title={name} question="Which version is live, which one comes next, and who decided it?">
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="default" size={30} aria-label="What to do with the model">
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setAsked('rename')}>Rename</Menu.Item>
            <Menu.Item color="red" onClick={() => setAsked('delete')}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </PageHead>
      <div className="row wrap" style={{ alignItems: 'flex-start', gap: 24 }}>
        <Description text={description} what="the model" save={(text) => describeModel(name, text)} />
        <TagEditor tags={ownTags(tags)} set={(tag) => setModelTag(name, tag)} remove={(key) => deleteModelTag(name, key)} />
      </div>
      {asked === 'rename' && (
        <TextDialog
          title={`Rename ${name}`}
          label="Name"
          initial={name}
          action="Rename"
          description="Deployments that name the model by its old name will not find it."
          close={() => setAsked(null)}
          act={rename}
        />
      )}
      {asked === 'delete' && (
        <Dialog
          title={`Delete ${name}`}
          action="Delete"
          isDangerous
          close={() => setAsked(null)}
          act={() => deleteModel(name)}
          done={() => void navigate({ to: '/models' })}
        >
          <p>
            The model and its {plural(versions, 'version')} cannot be restored. The runs and files that they came from stay, and so does the
            history of the aliases.
          </p>
        </Dialog>
      )}
    </>
  );
}

function Body({ model, versions }: { model: RegisteredModel; versions: readonly ModelVersion[] }) {
  const { name, aliases = [] } = model;
  const navigate = useNavigate();
  const { data: deployments = [] } = useLive(['deployments'], listDeployments, { everyMs: EVERY.slow });
  const history = useQuery({ queryKey: ['alias-history', name], queryFn: ({ signal }) => aliasHistory(name, signal) });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<AliasAsked | null>(null);
  const runs = versions.filter(({ version }) => selected.has(version)).flatMap(({ run_id }) => run_id ?? []);
  const followers = followersOf(deployments, name);
  return (
    <div className={css.columns}>
      <Panel
        title="Versions"
        note={`${versions.length}`}
        flush
        actions={
          <Button
            size="compact-xs"
            variant="default"
            disabled={runs.length < 2 || runs.length > 20}
            onClick={() => void navigate({ to: '/compare', search: { runs } })}
          >
            Compare runs
          </Button>
        }
      >
        {versions.length === 0 ? (
          <Empty title="No versions yet">
            <p>“Register model” on the page of a run makes one.</p>
          </Empty>
        ) : (
          <VersionsTable
            versions={versions}
            aliases={aliases}
            liveIn={liveByVersion(deployments, name)}
            selected={selected}
            onSelect={setSelected}
          />
        )}
      </Panel>
      <div className={css.column}>
        <Panel
          title="Aliases"
          note="names that deployments and clients follow"
          flush
          actions={
            <Button size="compact-xs" variant="default" disabled={versions.length === 0} onClick={() => setAsked({})}>
              Add
            </Button>
          }
        >
          <Aliases name={name} aliases={aliases} followers={followers} ask={setAsked} />
        </Panel>
        <Panel title="Who moved what when" flush>
          <Shown query={history} what="The history" height={120}>
            {(items) => <Moves moves={items.map(({ at_ms, ...move }) => ({ ...move, at: at_ms }))} />}
          </Shown>
        </Panel>
      </div>
      {asked && (
        <AliasDialog
          name={name}
          versions={versions.map(({ version }) => version)}
          aliases={aliases}
          asked={asked}
          followers={followers}
          close={() => setAsked(null)}
        />
      )}
    </div>
  );
}

interface AliasesProps {
  readonly name: string;
  readonly aliases: readonly { readonly alias: string; readonly version: string }[];
  readonly followers: ReadonlyMap<string, readonly string[]>;
  readonly ask: (asked: AliasAsked) => void;
}

function Aliases({ name, aliases, followers, ask }: AliasesProps) {
  if (aliases.length === 0) {
    return (
      <Empty title="No aliases">
        <p>
          An alias such as <code>production</code> is what deployments follow: move it, and they serve another version.
        </p>
      </Empty>
    );
  }
  return (
    <table className={table.table}>
      <tbody>
        {aliases.map(({ alias, version }) => (
          <tr key={alias}>
            <td>
              <AliasMark alias={alias} />
            </td>
            <td>
              <Link className="under" to="/models/$name/$version" params={{ name, version }}>
                v{version}
              </Link>
            </td>
            <td className={`${table.grow} muted`}>
              {followers
                .get(alias)
                ?.map((deployment) => `serves ${deployment}`)
                .join(', ')}
            </td>
            <td className={table.num}>
              <Button size="compact-xs" variant="default" onClick={() => ask({ alias, version })} aria-label={`Move @${alias}`}>
                Move
              </Button>{' '}
              <Button
                size="compact-xs"
                variant="subtle"
                color="gray"
                onClick={() => ask({ alias, isRemoval: true })}
                aria-label={`Remove @${alias}`}
              >
                Remove
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
