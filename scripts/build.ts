// Builds the three web apps to dist/web/{emr,connect,portal}, each text file beside its compressed forms, which are what browsers get. One
// after the other is as fast as all at once on two cores.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { type WebApp, webApps, webConfig } from '../vite.config.ts';

/** The highest quality takes thirty times as long and saves a twelfth. */
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 8 } };

function compressTexts(directory: string): void {
  for (const name of globSync('**/*.{js,css,html,svg}', { cwd: directory })) {
    const path = join(directory, name);
    const text = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(text, brotli));
    writeFileSync(`${path}.gz`, gzipSync(text));
  }
}

let built = 0;
for (const app of Object.keys(webApps) as WebApp[]) {
  const config = webConfig(app);
  if (!existsSync(`${config.root}/index.html`)) throw new Error(`${config.root}/index.html is missing`);
  const started = performance.now();
  await build({ ...config, configFile: false, logLevel: 'warn' });
  compressTexts(config.build!.outDir!);
  built += 1;
  console.log(`web: ${app} built in ${Math.round(performance.now() - started)} ms`);
}
if (built === 0) throw new Error('no web app was built');
