import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeElement,
  encodeSequence,
  readChildren,
  readOnly,
  TAG,
} from '../../../src/asn1/der.ts';
import { encodeTime } from '../../../src/asn1/time.ts';
import { SignetError } from '../../../src/errors.ts';
import { encodeExtension } from '../../../src/x509/certificate/extensions.ts';
import { encodeSigned } from '../../../src/x509/certificate/signed.ts';
import { parseCrl } from '../../../src/x509/status/crl.ts';
import { buildTbsCertList, type WholeCertListFields } from '../../../src/x509/status/encode-crl.ts';
import type { RevokedCertificate } from '../../../src/x509/status/revoked-entries.ts';
import { NUMBERED_CRL_BASE64, UNNUMBERED_CRL_BASE64 } from './openssl-crls.ts';

/** AlgorithmIdentifier ecdsa-with-SHA256. */
const ALGORITHM_DER = Uint8Array.fromHex('300a06082a8648ce3d040302');
/** CN=a. */
const ISSUER_DER = Uint8Array.fromHex('300c310a300806035504030c0161');
const THIS_UPDATE = Date.UTC(2030, 0, 2, 3, 4, 5) / 1000;

function makeFields(overrides: Partial<WholeCertListFields> = {}): WholeCertListFields {
  return {
    signatureAlgorithmDer: ALGORITHM_DER,
    issuerDer: ISSUER_DER,
    thisUpdateSeconds: THIS_UPDATE,
    nextUpdateSeconds: THIS_UPDATE + 7 * 86400,
    entries: [],
    crlNumber: 1,
    authorityKeyIdentifier: new Uint8Array(20).fill(7),
    ...overrides,
  };
}

function makeEntry(serialHex: string, overrides: Partial<RevokedCertificate> = {}) {
  return {
    serialHex,
    revokedAtSeconds: THIS_UPDATE,
    reason: 0,
    invalidityDateSeconds: null,
    ...overrides,
  };
}

function makeCrl(overrides: Partial<WholeCertListFields> = {}): Uint8Array {
  return encodeSigned(buildTbsCertList(makeFields(overrides)), ALGORITHM_DER, Uint8Array.of(1, 2));
}

describe('buildTbsCertList', () => {
  it('writes an empty CRL as in RFC 5280 section 5.1, byte for byte', () => {
    const tbsDer = buildTbsCertList(makeFields());
    expect(tbsDer.toHex()).toBe(
      [
        '306c', // TBSCertList
        '020101', // v2
        ALGORITHM_DER.toHex(),
        ISSUER_DER.toHex(),
        `170d${new TextEncoder().encode('300102030405Z').toHex()}`,
        `170d${new TextEncoder().encode('300109030405Z').toHex()}`,
        // no revokedCertificates
        'a02f302d',
        `301f0603551d2304183016${'8014'}${'07'.repeat(20)}`,
        '300a0603551d140403020101',
      ].join(''),
    );
  });

  it('writes entries byte for byte, without the reason unspecified', () => {
    const entries = [
      makeEntry('7f'),
      makeEntry('80', { reason: 1 }),
      makeEntry('abc', { invalidityDateSeconds: THIS_UPDATE - 5 }),
      makeEntry('0', { reason: 4, invalidityDateSeconds: THIS_UPDATE }),
    ];
    const fields = readChildren(
      readOnly(buildTbsCertList(makeFields({ entries })), TAG.sequence).content,
    );
    const time = `170d${new TextEncoder().encode('300102030405Z').toHex()}`;
    const invalid = (text: string) =>
      `30180603551d180411180f${new TextEncoder().encode(text).toHex()}`;
    const reason = (code: string) => `300a0603551d1504030a01${code}`;
    expect(
      readChildren(fields[5]?.content ?? new Uint8Array()).map(({ bytes }) => bytes.toHex()),
    ).toEqual([
      `301202017f${time}`,
      `302102020080${time}300c${reason('01')}`,
      `302f02020abc${time}301a${invalid('20300102030400Z')}`,
      `303a020100${time}3026${reason('04')}${invalid('20300102030405Z')}`,
    ]);
  });

  it('writes GeneralizedTime from 2050 on', () => {
    const entries = [
      makeEntry('1', { revokedAtSeconds: Date.UTC(2049, 11, 31, 23, 59, 59) / 1000 }),
    ];
    const tbsDer = buildTbsCertList(
      makeFields({ entries, nextUpdateSeconds: Date.UTC(2050, 0, 1) / 1000 }),
    );
    const text = new TextDecoder('latin1').decode(tbsDer);
    expect(text).toContain('\x17\x0d491231235959Z');
    expect(text).toContain('\x18\x0f20500101000000Z');
  });

  it('is read by the schema library', () => {
    const entries = [makeEntry('f'.repeat(32), { reason: 9 }), makeEntry('1')];
    const list = AsnConvert.parse(makeCrl({ entries, crlNumber: 2 ** 40 }), CertificateList);
    expect(list.tbsCertList.version).toBe(1);
    expect(
      list.tbsCertList.revokedCertificates?.map(({ userCertificate }) =>
        new Uint8Array(userCertificate).toHex(),
      ),
    ).toEqual([`00${'f'.repeat(32)}`, '01']);
    expect(list.tbsCertList.crlExtensions?.map(({ extnID }) => extnID)).toEqual([
      '2.5.29.35',
      '2.5.29.20',
    ]);
  });

  it('refuses serial numbers that are not valid', () => {
    for (const serialHex of ['', 'A1', 'xy', 'a'.repeat(66)]) {
      expect(() => makeCrl({ entries: [makeEntry(serialHex)] })).toThrow(RangeError);
    }
  });

  it('writes 100,000 entries of 50 bytes each, and in time', () => {
    const entries = Array.from({ length: 100_000 }, (_, i) =>
      makeEntry(`c${i.toString(16).padStart(31, '0')}`, {
        reason: 4,
        revokedAtSeconds: THIS_UPDATE + i,
      }),
    );
    const start = performance.now();
    const { length } = buildTbsCertList(makeFields({ entries }));
    const took = performance.now() - start;
    expect(length / entries.length).toBeCloseTo(50, 1);
    expect(took).toBeLessThan(2000);
  });
});

describe('parseCrl', () => {
  it('reads what buildTbsCertList wrote', () => {
    const serial = fc.stringMatching(/^[1-9a-f][0-9a-f]{0,39}$/);
    const seconds = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 });
    const entry = fc.record({
      serialHex: serial,
      revokedAtSeconds: seconds,
      reason: fc.constantFrom(0, 1, 2, 3, 4, 5, 9, 10),
      invalidityDateSeconds: fc.option(seconds),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { selector: ({ serialHex }) => serialHex, maxLength: 20 }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        seconds,
        (entries, crlNumber, thisUpdateSeconds) => {
          const nextUpdateSeconds = thisUpdateSeconds + 86400;
          const fields = { entries, crlNumber, thisUpdateSeconds, nextUpdateSeconds };
          const crl = parseCrl(makeCrl(fields));
          expect(crl).toMatchObject({
            number: crlNumber,
            entries,
            thisUpdateSeconds,
            nextUpdateSeconds,
          });
          expect(crl.tbsDer).toEqual(buildTbsCertList(makeFields(fields)));
          expect(crl.issuerDer).toEqual(ISSUER_DER);
          expect(crl.signature).toEqual(Uint8Array.of(1, 2));
          expect(crl.signatureAlgorithmOid).toBe('1.2.840.10045.4.3.2');
        },
      ),
    );
  });

  it("reads OpenSSL's CRL with its number, reasons and dates", () => {
    const crl = parseCrl(Uint8Array.fromBase64(NUMBERED_CRL_BASE64));
    const revokedAtSeconds = Date.UTC(2026, 10, 22, 4, 10, 6) / 1000;
    expect(crl).toMatchObject({
      number: 0x1000,
      thisUpdateSeconds: revokedAtSeconds,
      nextUpdateSeconds: Date.UTC(2026, 11, 22, 4, 10, 6) / 1000,
      signatureAlgorithmOid: '1.2.840.10045.4.3.2',
    });
    const invalidityDateSeconds = Date.UTC(2024, 0, 2, 3, 4, 5) / 1000;
    expect(crl.entries).toEqual([
      {
        serialHex: '7fffffffffffffff0001',
        revokedAtSeconds,
        reason: 0,
        invalidityDateSeconds: null,
      },
      { serialHex: '7fffffffffffffff0002', revokedAtSeconds, reason: 1, invalidityDateSeconds },
      {
        serialHex: '7fffffffffffffff0003',
        revokedAtSeconds,
        reason: 4,
        invalidityDateSeconds: null,
      },
    ]);
  });

  it('reads a CRL without a number', () => {
    const crl = parseCrl(Uint8Array.fromBase64(UNNUMBERED_CRL_BASE64));
    expect(crl.number).toBeNull();
    expect(crl.entries).toHaveLength(3);
  });

  it('reads a v1 CRL without nextUpdate', () => {
    const tbsDer = encodeSequence(ALGORITHM_DER, ISSUER_DER, encodeTime(THIS_UPDATE));
    const crl = parseCrl(encodeSigned(tbsDer, ALGORITHM_DER, Uint8Array.of(1)));
    expect(crl).toMatchObject({ number: null, nextUpdateSeconds: null, entries: [] });
  });

  const OTHER_ALGORITHM_DER = Uint8Array.fromHex('300a06082a8648ce3d040303');
  const PARTIAL = encodeExtension('2.5.29.28', true, encodeSequence());
  const NUMBER = encodeExtension('2.5.29.20', false, Uint8Array.of(TAG.integer, 1, 1));
  const HUGE_NUMBER = encodeExtension(
    '2.5.29.20',
    false,
    encodeElement(TAG.integer, Uint8Array.of(0x20, 0, 0, 0, 0, 0, 0)),
  );
  const ODD_REASON = encodeExtension('2.5.29.21', false, Uint8Array.of(TAG.enumerated, 1, 7));
  const INDIRECT = encodeExtension('2.5.29.29', true, encodeSequence());

  function listOf(parts: {
    entries?: readonly Uint8Array[];
    extensions?: readonly Uint8Array[];
    version?: number;
  }): Uint8Array {
    const tbsDer = encodeSequence(
      Uint8Array.of(TAG.integer, 1, parts.version ?? 1),
      ALGORITHM_DER,
      ISSUER_DER,
      encodeTime(THIS_UPDATE),
      ...(parts.entries === undefined ? [] : [encodeSequence(...parts.entries)]),
      ...(parts.extensions === undefined
        ? []
        : [encodeElement(0xa0, encodeSequence(...parts.extensions))]),
    );
    return encodeSigned(tbsDer, ALGORITHM_DER, Uint8Array.of(1));
  }

  function entryOf(...extensions: readonly Uint8Array[]): Uint8Array {
    return encodeSequence(
      Uint8Array.of(TAG.integer, 1, 5),
      encodeTime(THIS_UPDATE),
      ...(extensions.length === 0 ? [] : [encodeSequence(...extensions)]),
    );
  }

  it.each([
    ['nothing', new Uint8Array()],
    ['something else', Uint8Array.of(0x30, 0x00)],
    ['bytes behind it', Uint8Array.of(...listOf({}), 0)],
    ['version 3', listOf({ version: 2 })],
    ['a partial list', listOf({ extensions: [PARTIAL] })],
    ['an indirect list', listOf({ entries: [entryOf(INDIRECT)] })],
    ['a number twice', listOf({ extensions: [NUMBER, NUMBER] })],
    ['a number of 2^53', listOf({ extensions: [HUGE_NUMBER] })],
    ['reason 7', listOf({ entries: [entryOf(ODD_REASON)] })],
    ['a serial of 21 octets', makeCrl({ entries: [makeEntry('1'.repeat(42))] })],
    ['a serial twice', listOf({ entries: [entryOf(), entryOf()] })],
    [
      'two signature algorithms',
      encodeSigned(buildTbsCertList(makeFields()), OTHER_ALGORITHM_DER, Uint8Array.of(1)),
    ],
  ])('refuses %s', (_, crlDer) => {
    expect(() => parseCrl(crlDer)).toThrow(expect.objectContaining({ code: 'malformed-crl' }));
  });

  it('accepts a CRL with the same parts in their correct form', () => {
    expect(parseCrl(listOf({ entries: [entryOf()], extensions: [NUMBER] })).number).toBe(1);
  });

  it('reads every mutation or refuses it as malformed-crl', () => {
    const original = Uint8Array.fromBase64(NUMBERED_CRL_BASE64);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.option(fc.nat(original.length)),
        (edits, cut) => {
          const mutated = original.slice(0, cut ?? original.length);
          for (const [at, byte] of edits) if (at < mutated.length) mutated[at] = byte;
          try {
            parseCrl(mutated);
          } catch (error) {
            if (!(error instanceof SignetError)) throw error;
            expect(error.code).toBe('malformed-crl');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
