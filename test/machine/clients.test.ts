import { describe, expect, it } from 'vitest';
import { createReadClient } from '../../src/machine/clients.ts';

/** A request as workerd passes it on. */
function ask(clientIp: string | null, headers: Record<string, string> = {}): Request {
  return new Request('http://ca.example/', {
    headers,
    ...(clientIp === null ? {} : { cf: { clientIp } }),
  });
}

describe('createReadClient', () => {
  it.each([
    ['192.0.2.7:50400', '192.0.2.7'],
    ['[2001:db8::1]:50400', '2001:db8::1'],
    ['[::ffff:192.0.2.7]:50400', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
    ['unix', null],
    [null, null],
  ])('reads %s', (peer, remoteAddress) => {
    const read = createReadClient('');
    for (let i = 0; i < 2; i++) expect(read(ask(peer))).toEqual({ remoteAddress, usesTls: false });
  });

  const FORWARDED = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' };

  it('believes no header of a client', () => {
    for (const read of [createReadClient(''), createReadClient('10.0.0.0/8')]) {
      expect(read(ask('192.0.2.7:1', { ...FORWARDED, 'CF-Connecting-IP': '127.0.0.1' }))).toEqual({
        remoteAddress: '192.0.2.7',
        usesTls: false,
      });
    }
  });

  it.each([
    ['10.1.2.3:1', '203.0.113.9', '203.0.113.9'],
    // What the client itself wrote stands before what the proxy added.
    ['10.1.2.3:1', '127.0.0.1, 203.0.113.9', '203.0.113.9'],
    ['10.1.2.3:1', '203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['10.1.2.3:1', '[2001:db8::5]:443', '2001:db8::5'],
    ['10.1.2.3:1', 'unknown', '10.1.2.3'],
    ['10.1.2.3:1', '', '10.1.2.3'],
    ['10.1.2.3:1', '10.9.9.9', '10.1.2.3'],
    ['[fd00::1]:1', '203.0.113.9', '203.0.113.9'],
    ['192.0.2.1:1', '203.0.113.9', '203.0.113.9'],
  ])('takes the client of a proxy: %s, %s', (peer, forwarded, remoteAddress) => {
    const read = createReadClient('10.0.0.0/8, fd00::/8, 192.0.2.1');
    const headers = { ...FORWARDED, 'X-Forwarded-For': forwarded };
    expect(read(ask(peer, headers))).toEqual({ remoteAddress, usesTls: true });
  });

  it.each(['http', 'ftp', ''])('knows that %s is not TLS', (proto) => {
    const read = createReadClient('10.0.0.0/8');
    expect(read(ask('10.1.2.3:1', { ...FORWARDED, 'X-Forwarded-Proto': proto })).usesTls).toBe(
      false,
    );
  });

  it.each(['proxy', '10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/-1', '1.2.3.4,,x'])(
    'refuses %s',
    (text) => {
      expect(() => createReadClient(text)).toThrow('is not an address or a range');
    },
  );
});
