import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeElement, encodeSequence, TAG } from '../../../src/asn1/der.ts';
import { encodeExtension } from '../../../src/x509/certificate/extensions.ts';
import { OcspRequestError, parseOcspRequest } from '../../../src/x509/status/ocsp-request.ts';
import { makeCertId, makeNonce, makeOcspRequest, NONCE_OID } from './make-ocsp-request.ts';
import { OPENSSL_OCSP_REQUESTS as OPENSSL } from './openssl-ocsp-requests.ts';

const SERIAL = '0a0b0c0d0e0f10111213141516171811'.replace(/^0/, '');
const NAME_HASH = 'aa7e92cd07a9c58fa500330dab7dba0aae40835f';
const KEY_HASH = 'dd4533a54434bab00004bbd9c0b07dbadb5ced55';

const parse = (base64: string) => parseOcspRequest(Uint8Array.fromBase64(base64));
const PARTS = {
  issuerNameHash: new Uint8Array(20),
  issuerKeyHash: new Uint8Array(20),
  serialHex: '01',
};
const CERT_ID = makeCertId(PARTS);

describe('parseOcspRequest', () => {
  it.each([
    ['sha1', 'SHA-1', SERIAL],
    ['sha1WithNonce', 'SHA-1', SERIAL],
    ['sha256', 'SHA-256', SERIAL],
    ['signed', 'SHA-1', SERIAL],
    ['sha384ShortSerial', 'SHA-384', 'ff'],
  ] as const)('reads what openssl writes: %s', (name, hash, serialHex) => {
    const { certIds } = parse(OPENSSL[name]);
    expect(certIds).toHaveLength(1);
    expect(certIds[0]).toMatchObject({ hash, serialHex });
  });

  it('reads the hashes, and keeps the CertID as it came', () => {
    const [certId] = parse(OPENSSL.sha1).certIds;
    expect(certId?.issuerNameHash.toHex()).toBe(NAME_HASH);
    expect(certId?.issuerKeyHash.toHex()).toBe(KEY_HASH);
    const whole = Uint8Array.fromBase64(OPENSSL.sha1);
    expect(certId?.certIdDer.toHex()).toBe(whole.subarray(8).toHex());
  });

  it('reads several CertIDs with different hashes', () => {
    const { certIds } = parse(OPENSSL.sha1AndSha512);
    expect(certIds.map(({ hash }) => hash)).toEqual(['SHA-1', 'SHA-512']);
    expect(certIds.map(({ serialHex }) => serialHex)).toEqual([SERIAL, `${SERIAL.slice(0, -1)}2`]);
  });

  it('returns the extnValue of the nonce', () => {
    expect(parse(OPENSSL.sha1).nonceDer).toBeNull();
    expect(parse(OPENSSL.sha1WithNonce).nonceDer?.toHex()).toBe(
      '0410d864ce0671e83b21ebd301d81c500fb0',
    );
    expect(parse(OPENSSL.signed).nonceDer?.toHex()).toMatch(/^0410/);
  });

  it.each([1, 16, 32, 128])('accepts a nonce of %i octets', (length) => {
    const nonce = makeNonce(new Uint8Array(length));
    expect(parseOcspRequest(makeOcspRequest([CERT_ID], [nonce])).nonceDer?.length).toBe(
      length < 128 ? length + 2 : length + 3,
    );
  });

  it.each<[string, Uint8Array]>([
    ['an empty nonce', makeOcspRequest([CERT_ID], [makeNonce(new Uint8Array())])],
    ['a nonce of 129 octets', makeOcspRequest([CERT_ID], [makeNonce(new Uint8Array(129))])],
    [
      'a nonce that is no OCTET STRING',
      makeOcspRequest([CERT_ID], [encodeExtension(NONCE_OID, false, Uint8Array.of(1, 2, 3))]),
    ],
    [
      'two nonces',
      makeOcspRequest([CERT_ID], [makeNonce(Uint8Array.of(1)), makeNonce(Uint8Array.of(2))]),
    ],
    [
      'an unknown critical extension of the request',
      makeOcspRequest([CERT_ID], [encodeExtension('1.2.3', true, Uint8Array.of(5, 0))]),
    ],
    [
      'an unknown critical extension of one CertID',
      makeOcspRequest([CERT_ID], [], [encodeExtension('1.2.3', true, Uint8Array.of(5, 0))]),
    ],
    ['no CertID', makeOcspRequest([])],
    ['21 CertIDs', makeOcspRequest(Array.from({ length: 21 }, () => CERT_ID))],
    [
      'a long serial number',
      makeOcspRequest([makeCertId({ ...PARTS, serialHex: 'ff'.repeat(65) })]),
    ],
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('GET / HTTP/1.1')],
    ['bytes behind it', Uint8Array.of(...makeOcspRequest([CERT_ID]), 0)],
    [
      'version 2',
      encodeSequence(
        encodeSequence(
          encodeElement(0xa0, Uint8Array.of(TAG.integer, 1, 1)),
          encodeSequence(encodeSequence(CERT_ID)),
        ),
      ),
    ],
    ['a CertID with three fields', makeOcspRequest([encodeSequence(Uint8Array.of(0x30, 0))])],
  ])('refuses %s', (_, der) => {
    expect(() => parseOcspRequest(der)).toThrow(OcspRequestError);
  });

  it('accepts unknown extensions that are not critical, 20 CertIDs and the default version', () => {
    const extension = encodeExtension('1.2.3', false, Uint8Array.of(5, 0));
    const acceptable = encodeExtension('1.3.6.1.5.5.7.48.1.4', true, Uint8Array.of(0x30, 0));
    const twenty = Array.from({ length: 20 }, () => CERT_ID);
    const request = makeOcspRequest(twenty, [extension, acceptable], [extension]);
    expect(parseOcspRequest(request).certIds).toHaveLength(20);
    const versioned = encodeSequence(
      encodeSequence(
        encodeElement(0xa0, Uint8Array.of(TAG.integer, 1, 0)),
        encodeSequence(encodeSequence(CERT_ID)),
      ),
    );
    expect(parseOcspRequest(versioned).certIds).toHaveLength(1);
  });

  it('reads a CertID whose algorithm is unknown or has odd parameters, with no hash to compare', () => {
    const md5 = makeCertId({ ...PARTS, hashOid: '1.2.840.113549.2.5' });
    const odd = makeCertId({ ...PARTS, parameters: Uint8Array.of(TAG.integer, 1, 1) });
    const bare = makeCertId({ ...PARTS, parameters: new Uint8Array() });
    const hashes = parseOcspRequest(makeOcspRequest([md5, odd, bare])).certIds.map(
      ({ hash }) => hash,
    );
    expect(hashes).toEqual([null, null, 'SHA-1']);
  });

  it('reads a negative serial number', () => {
    const certId = makeCertId({ ...PARTS, serialHex: '7f' });
    certId[certId.length - 1] = 0xff;
    expect(parseOcspRequest(makeOcspRequest([certId])).certIds[0]?.serialHex).toBe('-1');
  });

  it('throws only OcspRequestError, for any input', () => {
    const seeds = Object.values(OPENSSL).map((text) => Uint8Array.fromBase64(text));
    const mutated = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(700),
      )
      .map(([seed, changes, end]) => {
        const bytes = seed.slice(0, Math.max(1, seed.length - (end % 3 === 0 ? end : 0)));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        try {
          parseOcspRequest(bytes);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(OcspRequestError);
        }
      }),
      { numRuns: 3000, seed: 1 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});
