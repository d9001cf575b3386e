import { ActionIcon, Button, Menu, Select } from '@mantine/core';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Ago } from '@/components/ago.tsx';
import { ArtifactBrowser } from '@/components/artifacts/browser.tsx';
import { Schema } from '@/components/artifacts/schema.tsx';
import { LoadSnippet } from '@/components/artifacts/signature.tsx';
import { CopyId } from '@/components/copy.tsx';
import { Description } from '@/components/edit/description.tsx';
import { Dialog } from '@/components/edit/dialogs.tsx';
import { TagEditor } from '@/components/edit/tags.tsx';
import { Facts, PageHead, Panel } from '@/components/panel.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { Status } from '@/components/status.tsx';
import table from '@/components/table.module.css';
import { type AliasAsked, AliasDialog } from '@/features/registry/alias-dialog.tsx';
import { AliasMark } from '@/features/registry/alias-mark.tsx';
import { Lineage } from '@/features/registry/lineage.tsx';
import { followersOf } from '@/features/registry/live-in.ts';
import { Moves } from '@/features/registry/moves.tsx';
import css from '@/features/registry/registry.module.css';
import { listDeployments } from '@/lib/api/deployments.ts';
import { searchVersions } from '@/lib/api/mlflow.ts';
import {
  deleteVersion,
  deleteVersionTag,
  describeVersion,
  exportHref,
  getModel,
  getVersionPage,
  moveStage,
  STAGES,
  setVersionTag,
  type VersionPage as Version,
} from '@/lib/api/registry.ts';
import { significant } from '@/lib/format.ts';
import { EVERY, useLive } from '@/lib/live.ts';
import { byImportance } from '@/lib/metric-text.ts';
import { ApiError } from '@/lib/request.ts';
import { useChange } from '@/lib/use-change.ts';

export function VersionPage() {
  const at = useParams({ from: '/models/$name/$version' });
  const query = useLive(['version', at.name, at.version], (signal) => getVersionPage(at, signal));
  if (query.error instanceof ApiError && query.error.status < 500) {
    return (
      <Empty title={`There is no version ${at.version} of ${at.name}`}>
        <p>{query.error.message}</p>
      </Empty>
    );
  }
  return (
    <Shown query={query} what="The version" height={480}>
      {(version) => (
        <>
          <Head version={version} />
          <Body version={version} />
        </>
      )}
    </Shown>
  );
}

function Head({ version: page }: { version: Version }) {
  const { name, version, aliases, created_at } = page;
  const navigate = useNavigate();
  const [asked, setAsked] = useState<AliasAsked | 'delete' | null>(null);
  const model = useQuery({ queryKey: ['model', name], queryFn: ({ signal }) => getModel(name, signal) });
  const versions = useQuery({ queryKey: ['versions', name], queryFn: ({ signal }) => searchVersions(name, signal) });
  const { data: deployments = [] } = useLive(['deployments'], listDeployments, { everyMs: EVERY.slow });
  const known = model.data?.aliases ?? [];
  const isProduction = aliases.includes('production');
  const alias = known.some((one) => one.alias === 'production') ? 'production' : undefined;
  return (
    <>
      <PageHead
        title={
          <span className="row wrap">
            {name} version {version}
            <span>
              {aliases.map((one) => (
                <AliasMark key={one} alias={one} />
              ))}
            </span>
          </span>
        }
        question={
          <>
            Where does it come from, what does it take, who made it live? Created <Ago time={created_at} />
          </>
        }
      >
        <Button size="xs" disabled={isProduction} onClick={() => setAsked({ alias, version })}>
          {isProduction ? 'Is production' : alias ? 'Promote to production' : 'Set an alias'}
        </Button>
        <Button size="xs" variant="default" component="a" href={exportHref(page)} download leftSection={<IconDownload size={14} />}>
          Export
        </Button>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="default" size={30} aria-label="What to do with the version">
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setAsked({ version })}>Point an alias here</Menu.Item>
            <Menu.Item color="red" onClick={() => setAsked('delete')}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </PageHead>
      {asked === 'delete' && (
        <Dialog
          title={`Delete version ${version} of ${name}`}
          action="Delete"
          isDangerous
          close={() => setAsked(null)}
          act={() => deleteVersion({ name, version })}
          done={() => void navigate({ to: '/models/$name', params: { name } })}
        >
          <p>
            It cannot be restored{aliases.length > 0 && `, and ${aliases.map((one) => `@${one}`).join(', ')} will point nowhere`}. Its run
            and files stay.
          </p>
        </Dialog>
      )}
      {asked !== null && asked !== 'delete' && (
        <AliasDialog
          name={name}
          versions={(versions.data ?? []).map((one) => one.version)}
          aliases={known}
          asked={asked}
          followers={followersOf(deployments, name)}
          close={() => setAsked(null)}
        />
      )}
    </>
  );
}

function Body({ version: page }: { version: Version }) {
  const { name, version, tags, alias_moves, download_uri } = page;
  const { path } = useSearch({ from: '/models/$name/$version' });
  const navigate = useNavigate({ from: '/models/$name/$version' });
  const at = { name, version };
  const uri = `models:/${name}/${version}`;
  const select = (_root: string, next: string) => void navigate({ search: (before) => ({ ...before, path: next }), resetScroll: false });
  return (
    <>
      <Panel title="Lineage">
        <Lineage page={page} />
      </Panel>
      <div className={css.columns}>
        <div className={css.column}>
          <Panel title="Schema" flush>
            <Schema uri={download_uri} whose="the version" />
          </Panel>
          <Panel title="Load it">
            <LoadSnippet uri={uri} />
          </Panel>
          <RunFigures page={page} />
        </div>
        <div className={css.column}>
          <Panel title="About">
            <Description text={page.description} what="the version" save={(text) => describeVersion(at, text)} />
            <div style={{ height: 10 }} />
            <TagEditor
              tags={Object.entries(tags).map(([key, value]) => ({ key, value }))}
              set={(tag) => setVersionTag(at, tag)}
              remove={(key) => deleteVersionTag(at, key)}
            />
            <div style={{ height: 10 }} />
            <Facts
              items={[
                ['Stage', <Stage key="s" page={page} />],
                ...loggedModelFact(page.source),
                ['Source', <CopyId key="u" id={page.source} what="source" length={44} />],
              ]}
            />
          </Panel>
          <Panel title="Who moved what when" flush>
            <Moves moves={alias_moves.map((move) => ({ ...move, at: Date.parse(move.at) }))} />
          </Panel>
        </div>
      </div>
      <Panel title="Files" flush>
        <ArtifactBrowser
          roots={[{ id: 'version', name: 'Files', uri: download_uri, loadUri: uri }]}
          selected={path === undefined ? undefined : { root: 'version', path }}
          onSelect={select}
        />
      </Panel>
    </>
  );
}

/** A version that was made of a logged model names it as its source. */
function loggedModelFact(source: string): (readonly [string, ReactNode])[] {
  const id = /^models:\/(m-[^/]+)$/u.exec(source)?.[1];
  if (id === undefined) return [];
  return [
    [
      'Logged model',
      <Link key="l" className="link" to="/logged-models/$id" params={{ id }}>
        {id.slice(0, 14)}
      </Link>,
    ],
  ];
}

function Stage({ page: { name, version, stage } }: { page: Version }) {
  const move = useChange((to: string) => moveStage({ name, version }, to), { said: (to) => `Version ${version} is in stage ${to}.` });
  return (
    <span className="row wrap">
      <Select
        size="xs"
        w={140}
        aria-label="Stage"
        data={[...STAGES]}
        value={stage}
        allowDeselect={false}
        disabled={move.isPending}
        onChange={(to) => to !== null && to !== stage && move.mutate(to)}
      />
      <span className="muted">MLflow’s older way; aliases are the present one.</span>
      {move.error && <Status tone="bad">{move.error.message}</Status>}
    </span>
  );
}

const MOST_FIGURES = 8;

function RunFigures({ page: { run } }: { page: Version }) {
  if (run === null) return null;
  const metrics = byImportance(Object.keys(run.metrics).filter((key) => !key.startsWith('system/'))).slice(0, MOST_FIGURES);
  const params = Object.entries(run.params).slice(0, MOST_FIGURES);
  return (
    <Panel
      title="Figures of its run"
      flush
      actions={
        <Link className="link" to="/runs/$id" params={{ id: run.run_id }} style={{ paddingRight: 6 }}>
          Open the run
        </Link>
      }
    >
      <table className={table.table}>
        <tbody>
          {[...metrics.map((key) => [key, significant(run.metrics[key] ?? Number.NaN, 5)] as const), ...params].map(([key, value]) => (
            <tr key={key}>
              <td className="muted">{key}</td>
              <td className={table.grow} title={value}>
                {value}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {metrics.length + params.length === 0 && <Empty title="It logged no metrics and no parameters" />}
    </Panel>
  );
}
