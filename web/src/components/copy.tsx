import { CopyButton, UnstyledButton } from '@mantine/core';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconCopy from '@tabler/icons-react/dist/esm/icons/IconCopy.mjs';
import type { ReactNode } from 'react';
import { shortId } from '@/lib/format.ts';
import css from './copy.module.css';

/** An id, shortened, with the whole one on hover and in the clipboard. */
export function CopyId({ id, what, length }: { id: string; what: string; length?: number }) {
  return (
    <span className={css.id}>
      <span className="mono" title={id}>
        {shortId(id, length)}
      </span>
      <Copy text={id} what={what} />
    </span>
  );
}

export function Copy({ text, what, icon = <IconCopy size={13} /> }: { text: string; what: string; icon?: ReactNode }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <UnstyledButton className={css.button} onClick={copy} aria-label={copied ? 'Copied' : `Copy ${what}`} title={`Copy ${what}`}>
          {copied ? <IconCheck size={13} /> : icon}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

/** Text to run or to paste, with its copy button. */
export function Snippet({ code, what }: { code: string; what: string }) {
  return (
    <div className={css.snippet}>
      <pre>
        <code>{code}</code>
      </pre>
      <Copy text={code} what={what} />
    </div>
  );
}
