import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Snippet } from '@/components/copy.tsx';
import { type Call, LANGUAGES, type Language, snippet } from './call-snippets.ts';
import css from './try-it.module.css';

/** The same request from a program. */
export function CallIt({ call }: { call: Call }) {
  const [language, setLanguage] = useState<Language>('curl');
  return (
    <details className={css.call}>
      <summary>Call it from your program</summary>
      <SegmentedControl
        size="xs"
        data={[...LANGUAGES]}
        value={language}
        onChange={(next) => setLanguage(next as Language)}
        aria-label="Language"
      />
      <Snippet code={snippet(language, call)} what={language} />
    </details>
  );
}
