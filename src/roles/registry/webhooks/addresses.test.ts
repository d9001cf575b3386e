import { expect, test } from 'vitest';
import { isPublicAddress } from './addresses.ts';

test('addresses of the public internet are told from all others', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
  ];
  const inside6 = [
    '::',
    '::1',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    '2001:db8::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '2002:7f00:1::',
    '64:ff9b::a9fe:a9fe',
  ];
  for (const address of [...inside, ...inside6]) expect(isPublicAddress(address), address).toBe(false);
  const outside = [
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '2002:808:808::',
    '64:ff9b::808:808',
    '[2606:4700::1]',
  ];
  for (const address of outside) expect(isPublicAddress(address), address).toBe(true);
});
