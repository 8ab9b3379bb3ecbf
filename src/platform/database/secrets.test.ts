import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findSecret, secretNamed } from './secrets.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a secret is made once, differs by name, and only its owner can read it', () => {
  expect(findSecret(directory, 'emr_app')).toBeUndefined();
  const secret = secretNamed(directory, 'emr_app');
  expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(secretNamed(directory, 'emr_app')).toBe(secret);
  expect(secretNamed(directory, 'portal_app')).not.toBe(secret);
  expect(statSync(join(directory, 'secrets')).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'secrets', 'emr_app')).mode & 0o777).toBe(0o600);
});
