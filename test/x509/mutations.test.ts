import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerError, encodeElement, readChildren, readElement } from '../../src/asn1/der.ts';
import { parsePem } from '../../src/asn1/pem.ts';
import { SignetError } from '../../src/errors.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { parseCrl } from '../../src/x509/status/crl.ts';
import leafPem from '../fixtures/inventory/leaf.pem?raw';
import { csrPem } from '../fixtures.ts';
import { hex } from './lax-parts.ts';
import { NUMBERED_CRL_BASE64 } from './status/openssl-crls.ts';

/** Elements that are strict DER by themselves, or nearly so. */
const ODD_ELEMENTS = [
  '0500 010100 0101ff 020100 0201ff 02087fffffffffffffff 02020001 3000 3100 a000 a3023000',
  '0c02c328 06092a8180808080808000 030104 03020401 0a0101 0400 1600 1700 1800 1808746f6d6f72726f',
]
  .flatMap((line) => line.split(' '))
  .map(hex);
const TAGS = [1, 2, 3, 4, 5, 6, 0x0c, 0x17, 0x18, 0x30, 0x31, 0x81, 0x82, 0xa0, 0xa1, 0xa3];

type Edit = readonly [step: number, kind: number, choice: number];

/** Changes one element somewhere inside, with all lengths around it correct. */
function mutate(der: Uint8Array, [step, kind, choice]: Edit): Uint8Array {
  const elements = split(der);
  const at = step % Math.max(elements?.length ?? 0, 1);
  const chosen = elements?.[at];
  if (elements === null || chosen === undefined) return der;
  const { tag, content } = readElement(chosen);
  const deeper = Math.floor(step / elements.length);
  if (deeper > 0 && split(content) !== null && content.length > 0) {
    elements[at] = encodeElement(tag, mutate(content, [deeper, kind, choice]));
  } else if (kind === 0) elements.splice(at, 1);
  else if (kind === 1) elements.splice(at, 0, chosen);
  else if (kind === 2) elements.reverse();
  else if (kind === 3) elements[at] = encodeElement(TAGS[choice % TAGS.length] ?? 0, content);
  else elements.splice(at, kind % 2, ODD_ELEMENTS[choice % ODD_ELEMENTS.length] ?? chosen);
  return encodeElement(0x30, ...elements).slice(headerLength(elements));
}

function headerLength(elements: readonly Uint8Array[]): number {
  const length = elements.reduce((sum, { length }) => sum + length, 0);
  return encodeElement(0x30, ...elements).length - length;
}

/** Returns the elements that fill `content`, or null if it is not made of elements. */
function split(content: Uint8Array): Uint8Array[] | null {
  try {
    return readChildren(content).map(({ bytes }) => bytes);
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

const edits = fc.array(fc.tuple(fc.nat(100_000), fc.nat(5), fc.nat(100)), {
  minLength: 1,
  maxLength: 3,
});

describe('a structure with changed elements', () => {
  it.each([
    ['certificate', parsePem(leafPem)[0]?.der ?? hex(''), parseCertificate],
    ['CSR', decodeCsr(csrPem('p-256-sha256')), parseCsr],
    ['CRL', Uint8Array.fromBase64(NUMBERED_CRL_BASE64), parseCrl],
  ] as const)('is read or refused with a SignetError: a %s', (_, der, parse) => {
    fc.assert(
      fc.property(edits, (list) => {
        try {
          parse(list.reduce(mutate, der));
        } catch (error) {
          expect(error).toBeInstanceOf(SignetError);
          expect(error).toMatchObject({ message: expect.not.stringContaining('schema') });
        }
      }),
      { numRuns: 3000 },
    );
  });
});
