import { describe, expect, it } from 'vitest';
import { listChallengeTypes } from '../../../src/acme/challenges/challenge.ts';
import { nameServer } from '../../../src/acme/challenges/tls-alpn-01.ts';
import { validateChallenge } from '../../../src/acme/challenges/validate-challenge.ts';
import type { Network } from '../../../src/net/network.ts';

describe('validateChallenge', () => {
  it.each(['http-01', 'dns-01', 'tls-alpn-01'] as const)(
    'turns an unexpected error of %s into an outcome',
    async (type) => {
      const cause = new TypeError('a mistake');
      const fail = () => Promise.reject(cause);
      const network: Network = { queryDns: fail, fetchHttp: fail, readTlsCertificate: fail };
      const identifier = { type: 'dns', value: 'a.example' } as const;
      const challenge = { type, identifier, token: 't', keyAuthorization: 't.k' };
      const outcome = await validateChallenge(network, challenge);
      expect(outcome).toMatchObject({ valid: false, problem: { code: 'connection', cause } });
      expect(JSON.stringify(outcome)).not.toContain('a mistake');
    },
  );

  it('refuses what a server presents as its certificate and is none', async () => {
    const unused = () => Promise.reject(new Error('unused'));
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0x30, 3, 2, 1, 1), new Uint8Array(999)]) {
      const network: Network = {
        queryDns: unused,
        fetchHttp: unused,
        readTlsCertificate: async () => bytes,
      };
      const outcome = await validateChallenge(network, {
        type: 'tls-alpn-01',
        identifier: { type: 'dns', value: 'a.example' },
        token: 't',
        keyAuthorization: 't.k',
      });
      expect(outcome).toMatchObject({ valid: false, problem: { code: 'unauthorized' } });
    }
  });
});

describe('nameServer', () => {
  it.each([
    ['dns', 'a.example', 'a.example'],
    ['ip', '192.0.2.7', '7.2.0.192.in-addr.arpa'],
    [
      'ip',
      '2001:db8::1',
      '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    ],
  ] as const)('names the %s %s', (type, value, name) => {
    expect(nameServer({ type, value })).toBe(name);
  });
});

describe('listChallengeTypes', () => {
  it('lets only dns-01 prove a wildcard, and never an IP address', () => {
    const dns = { type: 'dns', value: 'a.example' } as const;
    expect(listChallengeTypes(dns, false)).toEqual(['http-01', 'dns-01', 'tls-alpn-01']);
    expect(listChallengeTypes(dns, true)).toEqual(['dns-01']);
    const ip = { type: 'ip', value: '192.0.2.7' } as const;
    expect(listChallengeTypes(ip, false)).toEqual(['http-01', 'tls-alpn-01']);
  });
});
