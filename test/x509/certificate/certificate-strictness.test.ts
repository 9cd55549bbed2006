import { describe, expect, it } from 'vitest';
import { encodeElement, encodeSequence, TAG } from '../../../src/asn1/der.ts';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import leafPem from '../../fixtures/inventory/leaf.pem?raw';
import {
  hex,
  integer,
  LAX_EXTENSIONS,
  LAX_KEYS,
  LAX_NAMES,
  LAX_TIMES,
  type LaxPart,
  NULL_DER,
  OTHER_ALGORITHM_DER,
  withExtra,
  withUnusedBits,
} from '../lax-parts.ts';
import { refusalMessage } from '../refusal.ts';
import { childrenOf, takeApart } from '../take-apart.ts';

const leafDer = parsePem(leafPem)[0]?.der ?? new Uint8Array();
const { fields, algorithm, signature, rebuild } = takeApart(leafDer, [
  'version',
  'serial',
  'algorithm',
  'issuer',
  'validity',
  'subject',
  'key',
  'extensions',
]);
const [notBefore = NULL_DER, notAfter = NULL_DER] = childrenOf(fields.validity);
const version = (...bytes: number[]) => encodeElement(0xa0, integer(...bytes));
const extensions = (der: Uint8Array) => encodeElement(0xa3, der);
const UNIQUE_ID = hex('81020041');
const SUBJECT_UNIQUE_ID = hex('82020041');

function expectRefusal(der: Uint8Array, reason: string): void {
  const message = refusalMessage('malformed-certificate', () => parseCertificate(der));
  expect(message).toMatch(/^The certificate cannot be read: /);
  expect(message).toContain(reason);
}

const from = (parts: readonly LaxPart[], put: (der: Uint8Array) => Uint8Array): LaxPart[] =>
  parts.map(([name, der, reason]) => [name, put(der), reason]);

describe('parseCertificate', () => {
  it('reads the certificate that the cases below change', () => {
    expect(rebuild()).toEqual(leafDer);
    expect(parseCertificate(rebuild()).serialHex).toBe(parseCertificate(leafDer).serialHex);
    const withIds = rebuild({
      extensions: null,
      extra: [UNIQUE_ID, SUBJECT_UNIQUE_ID, fields.extensions],
    });
    expect(parseCertificate(withIds).extensions.size).toBe(3);
  });

  it('reads a v1 certificate', () => {
    expect(parseCertificate(rebuild({ version: null, extensions: null })).extensions.size).toBe(0);
  });

  it('reads large serial numbers exactly', () => {
    for (const serialHex of ['7fffffffffffffff', 'ff', '80'.repeat(20), '0']) {
      const even = serialHex.padStart(serialHex.length + (serialHex.length % 2), '0');
      const sign = Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? '00' : '';
      const serial = integer(...hex(sign + even));
      expect(parseCertificate(rebuild({ serial })).serialHex).toBe(serialHex);
    }
  });

  it.each<LaxPart>([
    ['an extra field', rebuild({ extra: [NULL_DER] }), 'tbsCertificate has an extra or misplaced'],
    [
      'extensions twice',
      rebuild({ extra: [fields.extensions] }),
      'tbsCertificate has an extra or misplaced',
    ],
    [
      'unique identifiers in the wrong order',
      rebuild({ extensions: null, extra: [SUBJECT_UNIQUE_ID, UNIQUE_ID] }),
      'tbsCertificate has an extra or misplaced element (found tag 0x81)',
    ],
    [
      'an element after the signature',
      rebuild({ outerExtra: [NULL_DER] }),
      'Certificate has an extra or misplaced',
    ],
    ['no subject', rebuild({ subject: null, key: null }), 'tbsCertificate lacks its subject'],
    [
      'a third time in its validity',
      rebuild({ validity: encodeSequence(notBefore, notAfter, notAfter) }),
      'Validity has an extra or misplaced',
    ],
    ['one time', rebuild({ validity: encodeSequence(notBefore) }), 'Validity lacks its notAfter'],
    [
      'version v1 written out',
      rebuild({ version: version(0), extensions: null }),
      'tbsCertificate writes out the default of version',
    ],
    ['version v4', rebuild({ version: version(3) }), 'its version is not v1, v2 or v3'],
    ['version -1', rebuild({ version: version(0xff) }), 'its version is not v1, v2 or v3'],
    [
      'version 2^63-1',
      rebuild({ version: version(0x7f, ...new Uint8Array(7).fill(0xff)) }),
      'its version is not v1, v2 or v3',
    ],
    [
      'two versions',
      rebuild({ version: encodeElement(0xa0, integer(2), integer(2)) }),
      'bytes after the element',
    ],
    ['extensions in v1', rebuild({ version: null }), 'has extensions, but its version is not v3'],
    [
      'extensions in v2',
      rebuild({ version: version(1) }),
      'has extensions, but its version is not v3',
    ],
    [
      'a unique identifier in v1',
      rebuild({ version: null, extensions: null, extra: [UNIQUE_ID] }),
      'has a unique identifier, but its version is v1',
    ],
    [
      'a negative serial number with a byte too many',
      rebuild({ serial: integer(0xff, 0xff) }),
      'not valid DER: INTEGER not minimal',
    ],
    [
      'a serial number with a zero too many',
      rebuild({ serial: integer(0, 1) }),
      'not valid DER: INTEGER not minimal',
    ],
    [
      'another algorithm outside',
      rebuild({ outerAlgorithm: OTHER_ALGORITHM_DER }),
      'the two signature algorithms differ',
    ],
    [
      'an extra element in its algorithms',
      rebuild({
        algorithm: withExtra(withExtra(algorithm)),
        outerAlgorithm: withExtra(withExtra(algorithm)),
      }),
      'AlgorithmIdentifier has an extra or misplaced',
    ],
    [
      'a signature with unused bits',
      rebuild({ outerSignature: withUnusedBits(signature) }),
      'signature has unused bits',
    ],
    [
      'two lists of extensions under one tag',
      rebuild({
        extensions: encodeElement(
          0xa3,
          ...childrenOf(encodeSequence(fields.subject, fields.subject)),
        ),
      }),
      'bytes after the element',
    ],
    [
      'extensions in a SET',
      rebuild({ extensions: encodeElement(0xa3, encodeElement(TAG.set)) }),
      'tag 0x31 where 0x30 belongs',
    ],
  ])('refuses %s', (_, der, reason) => expectRefusal(der, reason));

  it.each(from(LAX_EXTENSIONS, (der) => rebuild({ extensions: extensions(der) })))(
    'refuses extensions with %s',
    (_, der, reason) => expectRefusal(der, reason),
  );

  it.each([
    ...from(LAX_NAMES, (subject) => rebuild({ subject })),
    ...from(LAX_NAMES, (issuer) => rebuild({ issuer })),
  ])('refuses a name with %s', (_, der, reason) => expectRefusal(der, reason));

  it.each(from(LAX_KEYS, (key) => rebuild({ key })))('refuses a key with %s', (_, der, reason) =>
    expectRefusal(der, reason),
  );

  it.each([
    ...from(LAX_TIMES, (time) => rebuild({ validity: encodeSequence(time, notAfter) })),
    ...from(LAX_TIMES, (time) => rebuild({ validity: encodeSequence(notBefore, time) })),
  ])('refuses a validity with %s', (_, der, reason) => expectRefusal(der, reason));
});
