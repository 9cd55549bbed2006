import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  readChildren,
  readOnly,
  TAG,
} from '../../src/asn1/der.ts';
import { childrenOf } from './take-apart.ts';

/** Parts that a lax reader accepts and that DER or RFC 5280 forbids, each with the reason. */

export const NULL_DER = Uint8Array.of(TAG.null, 0);
export const hex = (text: string) => Uint8Array.fromHex(text);
export const integer = (...bytes: number[]) => encodeElement(TAG.integer, Uint8Array.from(bytes));

/** An OBJECT IDENTIFIER with an arc of 2^49. */
const LARGE_ARC_OID_DER = hex('06092a8180808080808000');

export const VALUE_DER = encodeElement(TAG.octetString, NULL_DER);
export const extension = (oid: string, ...rest: Uint8Array[]) =>
  encodeSequence(encodeObjectIdentifier(oid), ...(rest.length === 0 ? [VALUE_DER] : rest));

export type LaxPart = readonly [name: string, der: Uint8Array, reason: string];

export const LAX_EXTENSIONS: readonly LaxPart[] = [
  ['no extension', encodeSequence(), 'Extensions is empty'],
  [
    'an extension twice',
    encodeSequence(extension('1.2.3'), extension('1.2.3')),
    'the extension 1.2.3 occurs twice',
  ],
  [
    'critical FALSE written out',
    encodeSequence(extension('1.2.3', hex('010100'), VALUE_DER)),
    'Extension writes out the default of critical',
  ],
  [
    'an extra element in an extension',
    encodeSequence(extension('1.2.3', VALUE_DER, NULL_DER)),
    'Extension has an extra or misplaced element (found tag 0x05)',
  ],
  [
    'critical after the value',
    encodeSequence(extension('1.2.3', VALUE_DER, hex('0101ff'))),
    'Extension has an extra or misplaced element (found tag 0x01)',
  ],
  [
    'an arc of 2^49',
    encodeSequence(encodeSequence(LARGE_ARC_OID_DER, VALUE_DER)),
    'arc of 2^49 or more',
  ],
];

const COMMON_NAME_DER = encodeObjectIdentifier('2.5.4.3');
const utf8 = (...bytes: number[]) => encodeElement(TAG.utf8String, Uint8Array.from(bytes));
const name = (...attributes: Uint8Array[]) => encodeSequence(encodeElement(TAG.set, ...attributes));

export const LAX_NAMES: readonly LaxPart[] = [
  [
    'invalid UTF-8',
    name(encodeSequence(COMMON_NAME_DER, utf8(0xc3, 0x28))),
    'UTF8String that is not UTF-8',
  ],
  [
    'an overlong form of UTF-8',
    name(encodeSequence(COMMON_NAME_DER, utf8(0xc1, 0x81))),
    'UTF8String that is not UTF-8',
  ],
  [
    'an unsorted SET OF',
    name(
      encodeSequence(encodeObjectIdentifier('2.5.4.10'), utf8(0x42)),
      encodeSequence(COMMON_NAME_DER, utf8(0x41)),
    ),
    'SET OF not sorted',
  ],
  [
    'an extra element in an attribute',
    name(encodeSequence(COMMON_NAME_DER, utf8(0x41), NULL_DER)),
    'AttributeTypeAndValue has an extra or misplaced element',
  ],
  ['an empty RDN', name(), 'RelativeDistinguishedName is empty'],
  ['an arc of 2^49', name(encodeSequence(LARGE_ARC_OID_DER, utf8(0x41))), 'arc of 2^49 or more'],
];

const [KEY_ALGORITHM_DER = NULL_DER, KEY_BITS_DER = NULL_DER] = childrenOf(
  hex(`302a300506032b6570032100${'42'.repeat(32)}`),
);

export const LAX_KEYS: readonly LaxPart[] = [
  [
    'unused bits',
    encodeSequence(KEY_ALGORITHM_DER, encodeElement(TAG.bitString, hex(`04${'40'.repeat(32)}`))),
    'subjectPublicKey has unused bits',
  ],
  [
    'padding bits that are set',
    encodeSequence(KEY_ALGORITHM_DER, encodeElement(TAG.bitString, hex(`04${'42'.repeat(32)}`))),
    'BIT STRING with padding bits set',
  ],
  [
    'an extra element',
    encodeSequence(KEY_ALGORITHM_DER, KEY_BITS_DER, NULL_DER),
    'SubjectPublicKeyInfo has an extra or misplaced element',
  ],
  [
    'an extra element in its algorithm',
    encodeSequence(
      encodeSequence(...childrenOf(KEY_ALGORITHM_DER), NULL_DER, NULL_DER),
      KEY_BITS_DER,
    ),
    'AlgorithmIdentifier has an extra or misplaced element',
  ],
];

const time = (tag: number, text: string) => encodeElement(tag, new TextEncoder().encode(text));

export const LAX_TIMES: readonly LaxPart[] = [
  ['February 30', time(TAG.utcTime, '300230000000Z'), 'date does not exist'],
  ['hour 24', time(TAG.utcTime, '300101240000Z'), 'date does not exist'],
  ['second 60', time(TAG.generalizedTime, '20591231235960Z'), 'date does not exist'],
  ['no seconds', time(TAG.utcTime, '3001010000Z'), 'time not in the form of RFC 5280'],
  ['text', time(TAG.generalizedTime, 'tomorrow'), 'time not in the form of RFC 5280'],
  ['a time zone', time(TAG.utcTime, '300101000000+0100'), 'time not in the form of RFC 5280'],
  [
    'a fraction',
    time(TAG.generalizedTime, '20590101000000.5Z'),
    'time not in the form of RFC 5280',
  ],
];

/** The signature as a BIT STRING with unused bits. */
export function withUnusedBits(signatureDer: Uint8Array): Uint8Array {
  const { content } = readOnly(signatureDer, TAG.bitString);
  const bytes = content.slice();
  bytes.set([(bytes.at(-1) ?? 0) & 0xf0], bytes.length - 1);
  bytes[0] = 4;
  return encodeElement(TAG.bitString, bytes);
}

/** Appends an element to a SEQUENCE. */
export function withExtra(sequenceDer: Uint8Array): Uint8Array {
  return encodeSequence(
    ...readChildren(readOnly(sequenceDer, TAG.sequence).content).map(({ bytes }) => bytes),
    NULL_DER,
  );
}

export const OTHER_ALGORITHM_DER = encodeSequence(encodeObjectIdentifier('1.3.101.112'));
export const SOME_BITS_DER = encodeBitString(Uint8Array.of(1, 2, 3));
