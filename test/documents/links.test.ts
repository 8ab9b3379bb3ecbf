import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, root } from './documents.ts';

/** As GitHub makes the names of headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const withoutCode = (text: string): string => text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');

describe('the documents', () => {
  it('link only to files and headings that are there', () => {
    const links = documents.flatMap(({ path, text }) =>
      [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ path, target: target! })),
    );
    const local = links.filter(({ target }) => !/^[a-z]+:/.test(target));
    expect(local.length).toBeGreaterThan(8);
    const broken = local.filter(({ path, target }) => {
      const [file, anchor] = target.split('#');
      const full = file === '' ? join(root, path) : join(root, dirname(path), decodeURIComponent(file!));
      if (!existsSync(full)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(full, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('name only source files that are there', () => {
    const named = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:src|test|scripts|bench|docs)\/[\w./-]+\.(?:tsx?|sql|md))`/g)].map(([, file]) => ({
        path,
        file: file!,
      })),
    );
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('of decisions each have a number of their own, in the name and the title', () => {
    const names = readdirSync(join(root, 'docs/decisions')).sort();
    const numbers = names.map((name) => /^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1] ?? name);
    expect(numbers.length).toBeGreaterThan(5);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const name of names) {
      const [title] = readFileSync(join(root, 'docs/decisions', name), 'utf8').split('\n');
      expect(title).toMatch(new RegExp(`^# 0*${Number.parseInt(name, 10)}[.:] \\S`));
    }
  });
});
