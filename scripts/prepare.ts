// Runs at the end of `npm ci`: the web build is made here, so that the first start has nothing to build.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const major = Number.parseInt(process.versions.node, 10);

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

if (major < 24) {
  console.error(
    `prepare: Tidegate needs Node 24 or later, and this is ${process.version}. npm brings it on the platforms it has a package for ` +
      '(optionalDependencies of package.json); elsewhere, or after --omit=optional, install Node 24 and run npm ci again.',
  );
  process.exit(1);
}

const pages = ['emr', 'connect', 'portal'].map((app) => join('src', app, 'web', 'index.html'));
const missing = ['vite.config.ts', ...pages].filter((file) => !existsSync(join(root, file)));
if (missing.length > 0) {
  console.log(`prepare: Node ${process.version}; no web build, ${missing.join(', ')} is not here`);
} else if (!isInstalled('vite') || !isInstalled('@vitejs/plugin-react')) {
  console.log(`prepare: Node ${process.version}; no web build, vite is not installed`);
} else {
  process.chdir(root);
  await import('./build.ts');
  console.log(`prepare: Node ${process.version}; the web build is in dist/web`);
}
