import { BlockList, isIP } from 'node:net';

/** Groups of an IPv6 address that one customer of a provider has to itself, of 16 bits. */
const NET_GROUPS = 4;
const BITS = { ipv4: 32, ipv6: 128 } as const;

/** An address in the form in which it is compared and shown: no zone, IPv4 within IPv6 as IPv4. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1] ?? bare;
}

/** Whether a {@link plainAddress} is of this machine. */
export const isLoopback = (address: string): boolean =>
  address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

/** What is counted as one caller: an IPv4 address, the /64 of an IPv6 address. */
export function callerKey(address: string): string {
  if (isIP(address) !== 6 || address === '::1') return address;
  const [head = '', tail = ''] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...zeros, ...back].slice(0, NET_GROUPS).join(':');
}

/** Whether a text is an address or a net such as `10.0.0.0/8`. */
export function isNet(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = familyOf(address);
  if (family === null || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= BITS[family]);
}

/** Tells whether a {@link plainAddress} is in one of `nets`; what is no net is left out. */
export function createNets(nets: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const net of nets.filter(isNet)) {
    const [address = '', bits] = net.split('/');
    const family = familyOf(address);
    if (family === null) continue;
    list.addSubnet(address, bits === undefined ? BITS[family] : Number(bits), family);
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
