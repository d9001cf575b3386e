import { BlockList, isIPv6 } from 'node:net';

/** Networks that are not the public internet (IANA special-purpose address registries, RFC 6890 and its updates; multicast). */
const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const PRIVATE_IPV6 = ['::/127', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', 'fc00::/7', 'fe80::/10', 'ff00::/8'];
/** Forms of IPv6 that carry an IPv4 address, with the place of its first byte: IPv4-mapped, 6to4, NAT64. */
const CARRIERS = [
  { network: '::ffff:0:0/96', at: 12 },
  { network: '2002::/16', at: 2 },
  { network: '64:ff9b::/96', at: 12 },
];

/** Whether an IP address is reachable on the public internet, also when an IPv6 address only carries an IPv4 one. */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/gu, '').replace(/%.*$/u, '');
  if (!isIPv6(plain)) return !PRIVATE_4.check(plain, 'ipv4');
  const bytes = bytesOf(plain);
  const carrier = CARRIERS.find(({ network }) => startsWith(bytes, network));
  if (carrier) return !PRIVATE_4.check(bytes.slice(carrier.at, carrier.at + 4).join('.'), 'ipv4');
  return !PRIVATE_IPV6.some((network) => startsWith(bytes, network));
}

const PRIVATE_4 = new BlockList();
for (const network of PRIVATE_IPV4) {
  const [address = '', bits] = network.split('/');
  PRIVATE_4.addSubnet(address, Number(bits), 'ipv4');
}

function startsWith(bytes: readonly number[], network: string): boolean {
  const [address = '', bits] = network.split('/');
  const own = bytesOf(address);
  return bytes.every((byte, i) => {
    const covered = Math.min(8, Math.max(0, Number(bits) - i * 8));
    return byte >> (8 - covered) === (own[i] ?? 0) >> (8 - covered);
  });
}

/** The 16 bytes of a valid IPv6 address. */
function bytesOf(address: string): number[] {
  const groups = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => {
          if (group.includes('.')) return group.split('.').map(Number);
          const value = Number.parseInt(group, 16);
          return [value >> 8, value & 255];
        });
  const [head = '', tail] = address.split('::');
  const first = groups(head);
  if (tail === undefined) return first;
  const last = groups(tail);
  return [...first, ...Array.from({ length: 16 - first.length - last.length }, () => 0), ...last];
}
