import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCaaRecord, parseIssueValue } from '../../../src/acme/challenges/caa-record.ts';
import { type CaaRequest, checkCaa } from '../../../src/acme/challenges/check-caa.ts';
import type { Network } from '../../../src/net/network.ts';
import { NetworkError } from '../../../src/net/network-error.ts';

const ACCOUNT = 'https://ca.test/acme/default/acct/1';
const SETTINGS = { identities: ['ca.test', 'ca.example'], exemptSuffixes: ['internal'] };
const VALID = { valid: true };
const FORBIDDEN = { valid: false, problem: { code: 'caa' } };

const utf8 = (text: string) => new TextEncoder().encode(text);
const issue = (value: string) => record('issue', value);
const wild = (value: string) => record('issuewild', value);

function record(tag: string, value: string, flags = 0): Uint8Array {
  return Uint8Array.from([flags, tag.length, ...utf8(tag), ...utf8(value)]);
}

/** @param zone the CAA records of each name; an error is thrown */
function createNetwork(zone: Readonly<Record<string, readonly Uint8Array[] | Error>>) {
  const asked: string[] = [];
  const refuse = () => Promise.reject(new Error('not for CAA'));
  const network: Network = {
    async queryDns(name, type) {
      asked.push(`${name} ${type}`);
      const records = zone[name] ?? [];
      if (records instanceof Error) throw records;
      return records;
    },
    fetchHttp: refuse,
    readTlsCertificate: refuse,
  };
  return { network, asked };
}

function check(
  zone: Parameters<typeof createNetwork>[0],
  request: Partial<CaaRequest> = {},
  settings = SETTINGS,
) {
  return checkCaa(createNetwork(zone).network, settings, {
    identifier: { type: 'dns', value: 'www.a.example' },
    wildcard: false,
    accountUrl: ACCOUNT,
    method: 'http-01',
    ...request,
  });
}

const at = (...records: readonly Uint8Array[]) => ({ 'www.a.example': records });

describe('checkCaa', () => {
  it('permits a name without records, after climbing to the top-level domain', async () => {
    const { network, asked } = createNetwork({});
    const outcome = await checkCaa(network, SETTINGS, {
      identifier: { type: 'dns', value: 'www.a.example' },
      wildcard: true,
      accountUrl: ACCOUNT,
      method: 'dns-01',
    });
    expect(outcome).toEqual(VALID);
    expect(asked).toEqual(['www.a.example CAA', 'a.example CAA', 'example CAA']);
  });

  it('takes the records of the nearest name that has some', async () => {
    const zone = { 'a.example': [issue('ca.test')], example: [issue('other.test')] };
    expect(await check(zone)).toEqual(VALID);
    expect(await check({ ...zone, 'www.a.example': [issue(';')] })).toMatchObject(FORBIDDEN);
    expect(await check({ example: [issue('other.test')] })).toMatchObject({
      problem: { code: 'caa', detail: expect.stringContaining('example') },
    });
  });

  it.each([
    ['this CA', at(issue('ca.test'))],
    ['another identity of this CA, in capitals', at(issue('CA.Example'))],
    ['this CA among others', at(issue('other.test'), issue('ca.test'))],
    ['parameters that it does not know', at(issue('ca.test; policy=ev;x=1;'))],
    ['no property issue', at(record('iodef', 'mailto:a@a.example'))],
    ['a property it does not know', at(record('future', 'x'), issue('ca.test'))],
    ['a critical property it knows', at(record('ISSUE', 'ca.test', 128))],
    ['issuewild for others, and no wildcard', at(issue('ca.test'), wild(';'))],
    ['the account', at(issue(`ca.test;accounturi=${ACCOUNT}`))],
    ['the method', at(issue('ca.test; validationmethods=dns-01,http-01'))],
  ])('permits if the records name %s', async (_, zone) => {
    expect(await check(zone)).toEqual(VALID);
  });

  it.each([
    ['another CA', at(issue('other.test'))],
    ['no CA', at(issue(';'))],
    ['no CA, with nothing in the value', at(issue(''))],
    ['a CA below this one', at(issue('x.ca.test'))],
    ['something that is no issuer', at(issue('ca.test/x'))],
    ['this CA with a malformed parameter', at(issue('ca.test; a b'))],
    ['a critical property it does not know', at(record('future', 'x', 128), issue('ca.test'))],
    ['another account', at(issue(`ca.test;accounturi=${ACCOUNT}1`))],
    ['two accounts', at(issue(`ca.test;accounturi=${ACCOUNT};accounturi=${ACCOUNT}`))],
    ['another method', at(issue('ca.test;validationmethods=dns-01'))],
  ])('forbids if the records name %s', async (_, zone) => {
    expect(await check(zone)).toMatchObject(FORBIDDEN);
  });

  it('lets issuewild decide about wildcards, if there is one', async () => {
    const wildcard = { wildcard: true, method: 'dns-01' } as const;
    expect(await check(at(issue('ca.test')), wildcard)).toEqual(VALID);
    expect(await check(at(issue('other.test'), wild('ca.test')), wildcard)).toEqual(VALID);
    expect(await check(at(issue('ca.test'), wild(';')), wildcard)).toMatchObject(FORBIDDEN);
    expect(await check(at(wild('other.test')), wildcard)).toMatchObject(FORBIDDEN);
    expect(await check(at(wild('other.test')))).toEqual(VALID);
  });

  it('lets no validationmethods permit what was not validated', async () => {
    const zone = at(issue('ca.test;validationmethods=http-01'));
    expect(await check(zone, { method: null })).toMatchObject(FORBIDDEN);
  });

  it('refuses if records cannot be read', async () => {
    const failure = new NetworkError('dns', 'the resolver answered SERVFAIL');
    for (const zone of [
      { 'a.example': failure },
      at(Uint8Array.of(0, 5, 0x69)),
      at(Uint8Array.of(0, 0, 0x69)),
      at(new Uint8Array(0)),
    ]) {
      expect(await check(zone)).toMatchObject({ problem: { code: 'dns' } });
    }
  });

  it('refuses, and does not throw, if something unexpected happens', async () => {
    const cause = new TypeError('a mistake');
    expect(await check({ 'a.example': cause })).toMatchObject({
      problem: { code: 'connection', cause },
    });
  });

  it('is off for IP addresses, exempt suffixes, and without an identity', async () => {
    const forbidden = new Error('asked');
    const zone = { 'a.internal': forbidden, internal: forbidden, 'www.a.example': forbidden };
    for (const value of ['a.internal', 'internal']) {
      expect(await check(zone, { identifier: { type: 'dns', value } })).toEqual(VALID);
    }
    const ip = { identifier: { type: 'ip', value: '10.0.0.1' } } as const;
    expect(await check(zone, ip)).toEqual(VALID);
    expect(await check(zone, {}, { ...SETTINGS, identities: [] })).toEqual(VALID);
    const other = { identifier: { type: 'dns', value: 'notinternal' } } as const;
    expect(await check({ notinternal: [issue(';')] }, other)).toMatchObject(FORBIDDEN);
  });
});

describe('parseIssueValue', () => {
  it.each([
    [' ca.test ', { issuer: 'ca.test', parameters: [] }],
    [';', { issuer: '', parameters: [] }],
    [
      'ca.test;A=b ;\tc = d=e',
      {
        issuer: 'ca.test',
        parameters: [
          ['a', 'b'],
          ['c', 'd=e'],
        ],
      },
    ],
  ])('reads %j', (text, { issuer, parameters }) => {
    expect(parseIssueValue(utf8(text))).toEqual({
      issuer,
      parameters: parameters.map(([name, value]) => ({ name, value })),
    });
  });

  it('never throws, and parseCaaRecord nothing but NetworkError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.string(), (bytes, text) => {
        parseIssueValue(bytes);
        parseIssueValue(utf8(text));
        try {
          parseCaaRecord(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(NetworkError);
        }
      }),
    );
  });
});
