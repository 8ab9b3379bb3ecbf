import { describe, expect, it } from 'vitest';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';
import { newTotpSecret, readTotpCode, stepOfCode, totpAddress, totpCode, totpSecretOf, totpStep } from './totp.ts';

describe('a one-time password', () => {
  it('is that of RFC 6238, appendix B, in its last six digits', () => {
    const secret = totpSecretOf(Buffer.from('12345678901234567890'));
    const vectors: readonly (readonly [seconds: number, code: string])[] = [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
      [20_000_000_000, '353130'],
    ];
    expect(vectors.map(([seconds]) => totpCode(secret, new Date(seconds * 1000)))).toEqual(
      vectors.map(([, code]) => code),
    );
  });

  it('is known by its step: this one, the one before and the one after, and no other', () => {
    const secret = newTotpSecret();
    const now = new Date('2026-11-24T17:00:10Z');
    const at = (seconds: number) => totpCode(secret, new Date(now.getTime() + seconds * 1000));
    expect([-30, 0, 30].map((seconds) => stepOfCode(secret, at(seconds), now)! - totpStep(now))).toEqual([-1, 0, 1]);
    expect([-60, 60].map((seconds) => stepOfCode(secret, at(seconds), now))).toEqual([undefined, undefined]);
    expect(stepOfCode(newTotpSecret(), at(0), now)).toBeUndefined();
  });

  it('may be typed in two halves, and is six digits', () => {
    expect(['123 456', '123-456', ' 123456 '].map(readTotpCode)).toEqual(['123456', '123456', '123456']);
    expect(['12345', '1234567', '12345a', '', '１２３４５６'].map(readTotpCode)).toEqual(Array(5).fill(undefined));
  });

  it('has a secret of 160 random bits, which the address names with who and where', () => {
    const [one, other] = [newTotpSecret(), newTotpSecret()];
    expect(one).toMatch(/^[A-Z2-7]{32}$/);
    expect(one).not.toBe(other);
    const address = new URL(totpAddress(one, { issuer: 'Tidegate EMR', account: 'ada' }));
    expect([address.protocol, address.searchParams.get('secret'), address.searchParams.get('issuer')]).toEqual([
      'otpauth:',
      one,
      'Tidegate EMR',
    ]);
  });
});

describe('recovery codes', () => {
  it('are ten different ones of 16 letters, found however they are typed', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
      const hash = recoveryCodeHash(code)!;
      const typed = code.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
      expect(recoveryCodeHash(typed)).toEqual(hash);
    }
    expect(['', '123456', 'k7wm-3fqa-9c0d-tz5u', `${codes[0]}a`].map(recoveryCodeHash)).toEqual(
      Array(4).fill(undefined),
    );
  });
});
