import { describe, expect, it } from 'vitest';
import { encodeBitString, encodeSequence } from '../../../src/asn1/der.ts';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import leafPem from '../../fixtures/inventory/leaf.pem?raw';

const [leaf] = parsePem(leafPem);
const leafDer = leaf?.der ?? new Uint8Array();

describe('parseCertificate', () => {
  it('refuses two signature algorithms that differ, of which only one is signed', () => {
    const { tbsDer, signatureAlgorithmDer, signature } = parseCertificate(leafDer);
    const bits = encodeBitString(signature);
    const ed25519Der = Uint8Array.fromHex('300506032b6570');
    expect(encodeSequence(tbsDer, signatureAlgorithmDer, bits)).toEqual(leafDer);
    expect(() => parseCertificate(encodeSequence(tbsDer, ed25519Der, bits))).toThrow(
      expect.objectContaining({
        code: 'malformed-certificate',
        message: expect.stringContaining('the two signature algorithms differ'),
      }),
    );
  });
});
