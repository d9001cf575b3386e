import { Button, UnstyledButton } from '@mantine/core';
import IconRight from '@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import IconFile from '@tabler/icons-react/dist/esm/icons/IconFile.mjs';
import IconFolder from '@tabler/icons-react/dist/esm/icons/IconFolder.mjs';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Copy } from '@/components/copy.tsx';
import { Empty, Shown } from '@/components/states.tsx';
import { type ArtifactFile, artifactHref, listArtifacts } from '@/lib/api/artifacts.ts';
import css from './artifacts.module.css';
import { sizeText } from './kinds.ts';
import { Preview } from './preview.tsx';

/** Where files are: a run, a logged model, a version. */
export interface ArtifactRoot {
  readonly id: string;
  readonly name: string;
  readonly uri: string;
  /** How code names it: `runs:/…`, `models:/…`. */
  readonly loadUri: string | undefined;
}

interface BrowserProps {
  readonly roots: readonly ArtifactRoot[];
  readonly selected: { readonly root: string; readonly path: string } | undefined;
  readonly onSelect: (root: string, path: string) => void;
}

/** Folders on the left, the file on the right. */
export function ArtifactBrowser({ roots, selected, onSelect }: BrowserProps) {
  const root = roots.find(({ id }) => id === selected?.root) ?? roots[0];
  return (
    <div className={css.browser}>
      <nav className={css.tree} aria-label="Files">
        {roots.map((each) => (
          <div key={each.id}>
            {roots.length > 1 && (
              <h3 className="clip" title={each.uri}>
                {each.name}
              </h3>
            )}
            <Folder
              root={each}
              path=""
              depth={0}
              selected={selected?.root === each.id || (roots.length === 1 && selected) ? selected.path : undefined}
              onSelect={(path) => onSelect(each.id, path)}
            />
          </div>
        ))}
      </nav>
      <div className={css.file}>
        {root && selected ? (
          <OpenFile key={`${root.id}/${selected.path}`} root={root} path={selected.path} />
        ) : (
          <Empty title="Choose a file to see it here" />
        )}
      </div>
    </div>
  );
}

interface FolderProps {
  readonly root: ArtifactRoot;
  readonly path: string;
  readonly depth: number;
  readonly selected: string | undefined;
  readonly onSelect: (path: string) => void;
}

function Folder({ root, path, depth, selected, onSelect }: FolderProps) {
  const query = useQuery({
    queryKey: ['artifacts', root.uri, path],
    queryFn: ({ signal }) => listArtifacts(root.uri, path, signal),
    staleTime: 10_000,
  });
  return (
    <Shown query={query} what="The files" height={56}>
      {(files) =>
        files.length === 0 && depth === 0 ? (
          <p className={css.none}>No files</p>
        ) : (
          <ul>
            {[...files]
              .sort((a, b) => Number(b.is_dir) - Number(a.is_dir))
              .map((file) => (
                <Entry key={file.path} file={file} root={root} depth={depth} selected={selected} onSelect={onSelect} />
              ))}
          </ul>
        )
      }
    </Shown>
  );
}

function Entry({ file, root, depth, selected, onSelect }: Omit<FolderProps, 'path'> & { file: ArtifactFile }) {
  const [isOpen, setIsOpen] = useState(selected?.startsWith(`${file.path}/`) ?? false);
  const name = file.path.split('/').at(-1) ?? file.path;
  const indent = { paddingLeft: 8 + depth * 16 };
  if (file.is_dir) {
    return (
      <li>
        <UnstyledButton className={css.entry} style={indent} onClick={() => setIsOpen(!isOpen)} aria-expanded={isOpen} data-open={isOpen}>
          <IconRight size={13} className={css.arrow} />
          <IconFolder size={15} stroke={1.6} />
          <span className="clip">{name}</span>
        </UnstyledButton>
        {isOpen && <Folder root={root} path={file.path} depth={depth + 1} selected={selected} onSelect={onSelect} />}
      </li>
    );
  }
  return (
    <li>
      <UnstyledButton
        className={css.entry}
        style={{ ...indent, paddingLeft: indent.paddingLeft + 17 }}
        onClick={() => onSelect(file.path)}
        aria-current={selected === file.path ? 'true' : undefined}
      >
        <IconFile size={15} stroke={1.6} />
        <span className="clip">{name}</span>
        <span className={css.size}>{sizeText(file.file_size)}</span>
      </UnstyledButton>
    </li>
  );
}

function OpenFile({ root, path }: { root: ArtifactRoot; path: string }) {
  const folder = path.split('/').slice(0, -1).join('/');
  const siblings = useQuery({
    queryKey: ['artifacts', root.uri, folder],
    queryFn: ({ signal }) => listArtifacts(root.uri, folder, signal),
    staleTime: 10_000,
  });
  const size = siblings.data?.find((file) => file.path === path)?.file_size ?? null;
  const full = `${root.uri}/${path}`;
  return (
    <article aria-label={path}>
      <header>
        <strong className="clip" title={full}>
          {path}
        </strong>
        <Copy text={full} what="address of the file" />
        <span className="muted nowrap">{sizeText(size)}</span>
        <Button
          className="end"
          size="compact-xs"
          variant="default"
          component="a"
          href={artifactHref(root.uri, path)}
          download
          leftSection={<IconDownload size={13} />}
        >
          Download
        </Button>
      </header>
      <div className={css.preview}>
        <Preview uri={root.uri} path={path} size={size} loadUri={root.loadUri} />
      </div>
    </article>
  );
}
