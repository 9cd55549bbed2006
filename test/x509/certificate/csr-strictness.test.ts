import { describe, expect, it } from 'vitest';
import {
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  TAG,
} from '../../../src/asn1/der.ts';
import { OID } from '../../../src/asn1/oids.ts';
import { decodeCsr, parseCsr } from '../../../src/x509/certificate/csr.ts';
import { csrPem } from '../../fixtures.ts';
import {
  extension,
  integer,
  LAX_EXTENSIONS,
  LAX_KEYS,
  LAX_NAMES,
  type LaxPart,
  NULL_DER,
  withExtra,
  withUnusedBits,
} from '../lax-parts.ts';
import { refusalMessage } from '../refusal.ts';
import { takeApart } from '../take-apart.ts';

const csrDer = decodeCsr(csrPem('p-256-sha256'));
const { fields, algorithm, signature, rebuild } = takeApart(csrDer, [
  'version',
  'subject',
  'key',
  'attributes',
]);
const attribute = (oid: string, ...values: Uint8Array[]) =>
  encodeSequence(encodeObjectIdentifier(oid), encodeElement(TAG.set, ...values));
const withAttributes = (...attributes: Uint8Array[]) =>
  rebuild({ attributes: encodeElement(0xa0, ...attributes) });
const request = attribute(OID.extensionRequest, encodeSequence(extension('1.2.3')));
const password = attribute('1.2.840.113549.1.9.7', encodeElement(TAG.utf8String));

function expectRefusal(der: Uint8Array, reason: string): void {
  const message = refusalMessage('malformed-csr', () => parseCsr(der));
  expect(message).toMatch(/^The CSR cannot be read: /);
  expect(message).toContain(reason);
}

const from = (parts: readonly LaxPart[], put: (der: Uint8Array) => Uint8Array): LaxPart[] =>
  parts.map(([name, der, reason]) => [name, put(der), reason]);

describe('parseCsr', () => {
  it('reads the CSR that the cases below change', () => {
    expect(rebuild()).toEqual(csrDer);
    expect(parseCsr(withAttributes(password, request)).extensions.size).toBe(1);
  });

  it.each<LaxPart>([
    [
      'an extra field',
      rebuild({ extra: [NULL_DER] }),
      'certificationRequestInfo has an extra or misplaced',
    ],
    [
      'attributes twice',
      rebuild({ extra: [fields.attributes] }),
      'certificationRequestInfo has an extra or misplaced',
    ],
    [
      'an element after the signature',
      rebuild({ outerExtra: [NULL_DER] }),
      'CertificationRequest has an extra or misplaced',
    ],
    ['version v2', rebuild({ version: integer(1) }), 'the version is not v1'],
    ['version -1', rebuild({ version: integer(0xff) }), 'the version is not v1'],
    [
      'version 2^63-1',
      rebuild({ version: integer(0x7f, ...new Uint8Array(7).fill(0xff)) }),
      'the version is not v1',
    ],
    ['no version', rebuild({ version: null }), 'certificationRequestInfo lacks its version'],
    [
      'an extra element in its algorithm',
      rebuild({ outerAlgorithm: withExtra(withExtra(algorithm)) }),
      'AlgorithmIdentifier has an extra or misplaced',
    ],
    [
      'a signature with unused bits',
      rebuild({ outerSignature: withUnusedBits(signature) }),
      'signature has unused bits',
    ],
    ['attributes that are not sorted', withAttributes(request, password), 'SET OF not sorted'],
    [
      'values that are not sorted',
      withAttributes(attribute('1.2.3', integer(2), integer(1))),
      'SET OF not sorted',
    ],
    [
      'an extra element in an attribute',
      withAttributes(withExtra(request)),
      'Attribute has an extra or misplaced',
    ],
    ['two requests for extensions', withAttributes(request, request), 'must occur once'],
    [
      'two values of extensions',
      withAttributes(
        attribute(
          OID.extensionRequest,
          encodeSequence(extension('1.2.3')),
          encodeSequence(extension('1.2.4')),
        ),
      ),
      'must occur once, with one value',
    ],
  ])('refuses %s', (_, der, reason) => expectRefusal(der, reason));

  it.each(from(LAX_EXTENSIONS, (der) => withAttributes(attribute(OID.extensionRequest, der))))(
    'refuses a request for extensions with %s',
    (_, der, reason) => expectRefusal(der, reason),
  );

  it.each(from(LAX_NAMES, (subject) => rebuild({ subject })))(
    'refuses a subject with %s',
    (_, der, reason) => expectRefusal(der, reason),
  );

  it.each(from(LAX_KEYS, (key) => rebuild({ key })))('refuses a key with %s', (_, der, reason) =>
    expectRefusal(der, reason),
  );
});
