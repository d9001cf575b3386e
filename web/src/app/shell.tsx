import { useHotkeys } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useLayoutEffect } from 'react';
import { Loading } from '@/components/states.tsx';
import { Rail } from './rail.tsx';
import css from './shell.module.css';
import { TopBar } from './top-bar.tsx';

/** Comes after the first paint: nobody needs it before. */
const Overlays = lazy(() => import('./overlays.tsx'));

/** What every page has around it: navigation, top bar, command palette. */
export function Shell() {
  // Here and not in the palette, so that the keys work before it has come.
  useHotkeys([
    ['mod+K', spotlight.open],
    ['/', spotlight.open],
  ]);
  useLayoutEffect(() => document.getElementById('early')?.remove(), []);
  return (
    <div className={css.shell}>
      <a className={css.skip} href="#page">
        Skip to the page
      </a>
      <Rail />
      <div className={css.column}>
        <TopBar />
        <main id="page" className={css.page} tabIndex={-1}>
          <Suspense fallback={<Loading height={320} />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <Suspense>
        <Overlays />
      </Suspense>
    </div>
  );
}
