import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';

/** What a client may do: everything, or only look. */
export type Access = 'full' | 'readOnly';

/** Bits before the IPv4 address within an IPv6 one. */
const MAPPED_BITS = 96;

/** An address in the form in which it is counted, compared and shown: no zone, IPv4 within IPv6 as IPv4. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  return mapped?.[1] ?? bare;
}

/** Whether a {@link plainAddress} is of this machine. */
export const isLoopback = (address: string): boolean =>
  address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

/**
 * Tells whether a {@link plainAddress} is in one of `nets`: addresses and CIDR nets of both versions, as `trust` of
 * lector.ini has them. Those that are none are left out: the configuration was checked.
 */
export function createTrust(nets: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const net of nets) {
    const [written = '', bits] = net.split('/');
    const address = plainAddress(written);
    const family = familyOf(address);
    if (family === null) continue;
    const isMapped = family === 'ipv4' && isIP(written) !== 4;
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Math.max(0, Number(bits) - (isMapped ? MAPPED_BITS : 0)), family);
  }
  return (address) => {
    const family = familyOf(address);
    return family !== null && list.check(address, family);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address);
  if (version === 0) return null;
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** Tells whether a text is one of `tokens`, in a time that says nothing about them. */
export function createTokenCheck(tokens: readonly string[]): (token: string) => boolean {
  const known = tokens.map(digest);
  return (token) => {
    const seen = digest(token);
    let isKnown = false;
    // all of them, also behind the one that fits
    for (const each of known) if (timingSafeEqual(each, seen)) isKnown = true;
    return isKnown;
  };
}

// texts of one length: timingSafeEqual asks for that
const digest = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();
