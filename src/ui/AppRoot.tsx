import '@fontsource-variable/inter/wght.css';
import './layers.css';
import '@mantine/core/styles.layer.css';
import './tokens.css';
import './ground.css';
import './parts.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { CrashBoundary } from './CrashBoundary.tsx';
import { onLanguageChange } from './language-choice.ts';
import { createQueryClient } from './query-client.ts';
import { type App, cssVariables, themeFor } from './theme.ts';

const colorScheme = localStorageColorSchemeManager({ key: 'tidegate.color-scheme' });

/** Everything that stands around an app's router: theme, queries, and the net for a page that throws. */
export function AppRoot({ app, children }: { app: App; children: ReactNode }) {
  const [queries] = useState(createQueryClient);
  const [theme] = useState(() => themeFor(app));
  // Error sentences come from the server in the language of the request.
  useEffect(() => onLanguageChange(() => void queries.invalidateQueries()), [queries]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorScheme}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queries}>
        <CrashBoundary>{children}</CrashBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** Draws an app into `#root`; the last line of every `main.tsx`. */
export function mountApp(app: App, children: ReactNode): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root');
  createRoot(root).render(
    <StrictMode>
      <AppRoot app={app}>{children}</AppRoot>
    </StrictMode>,
  );
}
