// Where this EMR sends what clients ask it to send. An address is the client's word: without rules it could be made to speak to
// machines that only it can reach. The words of an address are judged when it is written, what it stands for each time that it is used, and
// the connection goes to exactly the address that was judged.
import { lookup as lookUp } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

export const addressRules = ['public', 'loopback', 'private'] as const;
/** Public: https on the internet. Loopback: and this machine. Private: and https in private networks. */
export type AddressRule = (typeof addressRules)[number];

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const privateNetworks = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateNetworks.addSubnet(net, prefix, 'ipv4');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

/** Never: this network, carriers' networks, link-local (clouds keep their keys there), documentation, multicast, reserved. */
const nobody = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  nobody.addSubnet(net, prefix, 'ipv4');

/** What is handed out for the internet, less what wraps an IPv4 address (Teredo, 6to4) or is for documentation. */
const public6 = new BlockList();
public6.addSubnet('2000::', 3, 'ipv6');
const wrapped6 = new BlockList();
wrapped6.addSubnet('2001::', 23, 'ipv6');
wrapped6.addSubnet('2001:db8::', 32, 'ipv6');
wrapped6.addSubnet('2002::', 16, 'ipv6');

/** Whether a connection may be made to this IP address. */
export function mayReach(address: string, rule: AddressRule, asLoopback: boolean): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0) return false;
  if (loopback.check(address, family)) return asLoopback;
  if (asLoopback) return false;
  if (privateNetworks.check(address, family)) return rule === 'private';
  if (family === 'ipv4') return !nobody.check(address, family);
  return public6.check(address, family) && !wrapped6.check(address, family);
}

const isLoopbackName = (hostname: string): boolean => loopbackNames.includes(hostname);

/** Why the address cannot be used, in words for programmers; undefined: it can, as far as words go. */
export function refusedAddress(text: string, rule: AddressRule): string | undefined {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'An https address is expected.';
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    return 'It may have neither a name, nor a password, nor a fragment.';
  }
  if (isLoopbackName(url.hostname)) return rule === 'public' ? 'This machine is no address for it here.' : undefined;
  if (url.protocol !== 'https:') return 'An https address is expected.';
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !mayReach(literal, rule, false)) return 'It is not a public address.';
  return undefined;
}

export class AddressRefused extends Error {}

/** The one IP address that a request to `url` may go to. Throws AddressRefused. */
export async function addressFor(url: URL, rule: AddressRule): Promise<{ address: string; family: number }> {
  if (refusedAddress(url.href, rule) !== undefined) throw new AddressRefused('the address is not allowed');
  const asLoopback = isLoopbackName(url.hostname);
  const found = await lookUp(url.hostname.replace(/^\[|\]$/g, ''), { all: true });
  // One that may not be reached among several is somebody's try, or somebody's mistake.
  if (found.length === 0 || !found.every(({ address }) => mayReach(address, rule, asLoopback))) {
    throw new AddressRefused('the name stands for an address that is not allowed');
  }
  return found[0]!;
}

/** Looks nothing up: a name may stand for another address a moment later. */
export const pinnedTo =
  ({ address, family }: { readonly address: string; readonly family: number }): LookupFunction =>
  (_hostname, options, done) =>
    options.all ? done(null, [{ address, family }]) : done(null, address, family);
