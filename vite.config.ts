import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { UserConfig } from 'vite';
import { defineConfig } from 'vite';

export const webApps = { emr: 4100, connect: 4200, portal: 4300 } as const;
export type WebApp = keyof typeof webApps;

const root = fileURLToPath(new URL('.', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

/** One app, served at the root of its own port by its own server. */
export const webConfig = (app: WebApp): UserConfig => ({
  root: `${root}src/${app}/web`,
  base: '/',
  plugins: [react()],
  define: { 'import.meta.env.TIDEGATE_VERSION': JSON.stringify(version) },
  build: {
    outDir: `${root}dist/web/${app}`,
    emptyOutDir: true,
    sourcemap: false,
    target: 'baseline-widely-available',
    // Files and no data: addresses, so that the content security policy needs none for what we ship.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
  server: { proxy: { '/api': `http://127.0.0.1:${webApps[app]}` } },
});

// `npx vite --mode emr` serves one app with hot reload beside a running Tidegate; `scripts/build.ts` builds all three.
export default defineConfig(({ mode }) => webConfig(mode in webApps ? (mode as WebApp) : 'emr'));
