import { describe, expect, it } from 'vitest';
import { encodeBitString, encodeElement, encodeSequence, TAG } from '../../../src/asn1/der.ts';
import { encodeTime } from '../../../src/asn1/time.ts';
import { encodeExtension } from '../../../src/x509/certificate/extensions.ts';
import { parseCrl } from '../../../src/x509/status/crl.ts';
import {
  extension,
  hex,
  integer,
  LAX_EXTENSIONS,
  LAX_NAMES,
  LAX_TIMES,
  type LaxPart,
  NULL_DER,
  OTHER_ALGORITHM_DER,
  SOME_BITS_DER,
  withExtra,
  withUnusedBits,
} from '../lax-parts.ts';
import { refusalMessage } from '../refusal.ts';
import { takeApart } from '../take-apart.ts';

const ALGORITHM_DER = hex('300a06082a8648ce3d040302');
const NUMBER_OID = '2.5.29.20';
const TIME_DER = encodeTime(1_900_000_000);
const entry = (...fields: Uint8Array[]) => encodeSequence(integer(5), TIME_DER, ...fields);
const entries = (...list: Uint8Array[]) => encodeSequence(...list);
const extensions = (der: Uint8Array) => encodeElement(0xa0, der);
const number = (...bytes: number[]) =>
  extensions(encodeSequence(encodeExtension(NUMBER_OID, false, integer(...bytes))));

const crlDer = encodeSequence(
  encodeSequence(
    integer(1),
    ALGORITHM_DER,
    hex('300e310c300a06035504030c03434121'),
    TIME_DER,
    TIME_DER,
    entries(entry()),
    number(1),
  ),
  ALGORITHM_DER,
  SOME_BITS_DER,
);
const { rebuild } = takeApart(crlDer, [
  'version',
  'algorithm',
  'issuer',
  'thisUpdate',
  'nextUpdate',
  'entries',
  'extensions',
]);

function expectRefusal(der: Uint8Array, reason: string): void {
  const message = refusalMessage('malformed-crl', () => parseCrl(der));
  expect(message).toMatch(/^The CRL cannot be used: /);
  expect(message).toContain(reason);
}

const from = (parts: readonly LaxPart[], put: (der: Uint8Array) => Uint8Array): LaxPart[] =>
  parts.map(([name, der, reason]) => [name, put(der), reason]);

describe('parseCrl', () => {
  it('reads the CRL that the cases below change', () => {
    expect(parseCrl(rebuild())).toMatchObject({ number: 1, entries: [{ serialHex: '5' }] });
    expect(parseCrl(rebuild({ nextUpdate: null })).nextUpdateSeconds).toBeNull();
    expect(parseCrl(rebuild({ nextUpdate: null })).entries).toHaveLength(1);
    expect(parseCrl(rebuild({ nextUpdate: null, entries: null })).number).toBe(1);
    expect(parseCrl(rebuild({ entries: null, extensions: null })).entries).toEqual([]);
    const ofV1 = rebuild({ version: null, nextUpdate: null, extensions: null });
    expect(parseCrl(ofV1).entries).toHaveLength(1);
  });

  it.each<LaxPart>([
    ['an extra field', rebuild({ extra: [NULL_DER] }), 'tbsCertList has an extra or misplaced'],
    ['a third time', rebuild({ extensions: null, extra: [TIME_DER] }), 'extra or misplaced'],
    [
      'entries twice',
      rebuild({ extensions: entries(entry()) }),
      'tbsCertList has an extra or misplaced',
    ],
    [
      'an element after the signature',
      rebuild({ outerExtra: [NULL_DER] }),
      'CertificateList has an extra or misplaced',
    ],
    ['version v1 written out', rebuild({ version: integer(0) }), 'its version is not v2'],
    ['version v3', rebuild({ version: integer(2) }), 'its version is not v2'],
    ['extensions in v1', rebuild({ version: null }), 'it has extensions, but its version is v1'],
    [
      'extensions of an entry in v1',
      rebuild({
        version: null,
        extensions: null,
        entries: entries(entry(encodeSequence(extension('1.2.3')))),
      }),
      'an entry has extensions, but the version is v1',
    ],
    [
      'another algorithm outside',
      rebuild({ outerAlgorithm: OTHER_ALGORITHM_DER }),
      'the two signature algorithms differ',
    ],
    [
      'an extra element in its algorithms',
      rebuild({
        algorithm: withExtra(withExtra(ALGORITHM_DER)),
        outerAlgorithm: withExtra(withExtra(ALGORITHM_DER)),
      }),
      'AlgorithmIdentifier has an extra or misplaced',
    ],
    [
      'a signature with unused bits',
      rebuild({ outerSignature: withUnusedBits(encodeBitString(Uint8Array.of(1, 0xff))) }),
      'signature has unused bits',
    ],
    [
      'a serial number that is no INTEGER',
      rebuild({ entries: entries(encodeSequence(NULL_DER, TIME_DER)) }),
      'the serial number of an entry is no INTEGER',
    ],
    [
      'an extra element in an entry',
      rebuild({ entries: entries(entry(encodeSequence(extension('1.2.3')), NULL_DER)) }),
      'an entry has an extra element',
    ],
    [
      'an entry without a date',
      rebuild({ entries: entries(encodeSequence(integer(5))) }),
      'an entry lacks its serial number or date',
    ],
    [
      'number 2^63-1',
      rebuild({ extensions: number(0x7f, ...new Uint8Array(7).fill(0xff)) }),
      'the CRL number is 2^53 or more',
    ],
    ['a negative number', rebuild({ extensions: number(0xff) }), 'negative INTEGER'],
    [
      'a number with a zero too many',
      rebuild({ extensions: number(0, 1) }),
      'not valid DER: INTEGER not minimal',
    ],
  ])('refuses %s', (_, der, reason) => expectRefusal(der, reason));

  it.each(from(LAX_EXTENSIONS, (der) => rebuild({ extensions: extensions(der) })))(
    'refuses extensions with %s',
    (_, der, reason) => expectRefusal(der, reason),
  );

  it.each(from(LAX_EXTENSIONS, (der) => rebuild({ entries: entries(entry(der)) })))(
    'refuses extensions of an entry with %s',
    (_, der, reason) => expectRefusal(der, reason),
  );

  it.each(from(LAX_NAMES, (issuer) => rebuild({ issuer })))(
    'refuses an issuer with %s',
    (_, der, reason) => expectRefusal(der, reason),
  );

  const dated = (time: Uint8Array) => entries(encodeSequence(integer(5), time));
  const invalidFrom = (time: Uint8Array) =>
    entries(entry(encodeSequence(encodeExtension('2.5.29.24', false, time))));

  it.each([
    ...from(LAX_TIMES, (thisUpdate) => rebuild({ thisUpdate })),
    ...from(LAX_TIMES, (nextUpdate) => rebuild({ nextUpdate })),
    ...from(LAX_TIMES, (time) => rebuild({ entries: dated(time) })),
    ...from(
      LAX_TIMES.filter(([, der]) => der[0] === TAG.generalizedTime),
      (time) => rebuild({ entries: invalidFrom(time) }),
    ),
  ])('refuses a time with %s', (_, der, reason) => expectRefusal(der, reason));
});
