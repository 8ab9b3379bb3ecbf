import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, settings, UnusableSettings } from '../../src/config.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

describe('the settings', () => {
  it('are all in the README, each with its default and its line, and no other', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` *\| (.+?) *\| (.+?) *\|$/gm)].map(([, name, otherwise, line]) => [
      name,
      otherwise,
      line,
    ]);
    expect(rows).toEqual(Object.entries(settings).map(([name, { otherwise, line }]) => [name, otherwise, line]));
    expect(rows.length).toBeGreaterThan(5);
  });

  it('are refused by name, without repeating a value that may hold a password', () => {
    const read = () => readConfig({ EMR_PORT: '99999', EMR_DATABASE_URL: 'mysql://me:secret@host/db' });
    expect(read).toThrow(UnusableSettings);
    expect(read).toThrow(/EMR_PORT cannot be used/);
    expect(read).toThrow(/EMR_DATABASE_URL cannot be used/);
    expect(read).not.toThrow(/secret/);
  });

  it('takes addresses and networks of proxies, and nothing that would trust everybody', () => {
    const of = (text: string) => readConfig({ TRUSTED_PROXIES: text }).trustedProxies;
    expect(of('')).toEqual([]);
    expect(of('127.0.0.1, 10.0.0.0/8,fd00::/8')).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
    for (const wrong of ['true', '*', '0.0.0.0/0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.1,']) {
      expect(() => of(wrong)).toThrow(/TRUSTED_PROXIES cannot be used/);
    }
  });

  it('have their defaults when nothing or an empty text is set', () => {
    expect(readConfig({ EMR_PORT: '' }).ports).toEqual({ emr: 4100, connect: 4200, portal: 4300 });
    expect(readConfig({ EMR_PORT: '5100' }).urls.emr).toBe('http://localhost:5100');
  });
});
