import { expect, it } from 'vitest';
import { AddressRefused, addressFor, mayReach, refusedAddress } from './address.ts';

it('takes https to anywhere public, and http to nobody but this machine, where that is allowed', () => {
  for (const rule of ['public', 'loopback', 'private'] as const) {
    expect(refusedAddress('https://hooks.example.org/tide?x=1', rule)).toBeUndefined();
    for (const wrong of [
      'http://hooks.example.org/',
      'ftp://hooks.example.org/',
      'https://user:word@hooks.example.org/',
      'https://hooks.example.org/#part',
      'https://169.254.169.254/latest/meta-data',
      'https://0.0.0.0/',
      'nothing',
    ]) {
      expect(refusedAddress(wrong, rule), `${wrong} under ${rule}`).toBeTypeOf('string');
    }
  }
  expect(refusedAddress('http://localhost:4200/', 'loopback')).toBeUndefined();
  expect(refusedAddress('http://127.0.0.1:4200/', 'loopback')).toBeUndefined();
  expect(refusedAddress('http://localhost:4200/', 'public')).toBeTypeOf('string');
  expect(refusedAddress('https://10.1.2.3/', 'private')).toBeUndefined();
  expect(refusedAddress('https://10.1.2.3/', 'loopback')).toBeTypeOf('string');
  expect(refusedAddress('https://[::ffff:10.0.0.1]/', 'loopback')).toBeTypeOf('string');
});

it('reaches no address that stands for another network than the rule names', () => {
  const reached = (address: string) => mayReach(address, 'loopback', false);
  for (const address of ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])
    expect(reached(address)).toBe(true);
  for (const address of [
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:1::1',
    'no address',
  ]) {
    expect(reached(address), address).toBe(false);
  }
});

it('goes to the address that a name stands for when it is used, and to none that is not allowed', async () => {
  expect(await addressFor(new URL('http://127.0.0.1:4200/'), 'loopback')).toEqual({ address: '127.0.0.1', family: 4 });
  await expect(addressFor(new URL('http://127.0.0.1:4200/'), 'public')).rejects.toThrow(AddressRefused);
});
