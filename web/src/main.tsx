import '@mantine/core/styles.css';
import './theme.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { makeQueryClient } from './app/query-client.ts';
import { makeRouter } from './app/router.tsx';
import { theme } from './app/theme.ts';
import { ownAddress } from './lib/mlflow-address.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

/** Links that MLflow's clients print lead to the same things here. */
function follow(): void {
  const address = ownAddress(window.location.hash);
  if (address !== undefined) window.location.replace(address);
}
follow();
window.addEventListener('hashchange', follow);

createRoot(root).render(
  <StrictMode>
    {/* Style sheets come after the page's frame, and so after the theme's variables: these must count for more than the library's own. */}
    <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesSelector=":root:root">
      <QueryClientProvider client={makeQueryClient()}>
        <RouterProvider router={makeRouter()} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
