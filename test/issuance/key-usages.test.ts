import { describe, expect, it } from 'vitest';
import { EXTENDED_KEY_USAGE_OID as EKU } from '../../src/asn1/oids.ts';
import { chooseKeyUsages } from '../../src/issuance/key-usages.ts';

const SIGN = ['digitalSignature'];
const SIGN_AND_ENCIPHER = ['digitalSignature', 'keyEncipherment'];

describe('chooseKeyUsages', () => {
  it.each([
    ['no limit', null],
    ['a server', [EKU.serverAuth]],
    ['a server that is a client too', [EKU.clientAuth, EKU.serverAuth]],
    ['mail', [EKU.emailProtection]],
    ['a purpose that is not known here', ['1.3.6.1.4.1.311.10.3.4']],
  ])('gives an RSA key keyEncipherment for %s', (_, usages) => {
    expect(chooseKeyUsages('rsa', usages)).toEqual(SIGN_AND_ENCIPHER);
  });

  it.each([
    ['a client', [EKU.clientAuth]],
    ['code', [EKU.codeSigning]],
    ['time stamps', [EKU.timeStamping]],
    ['OCSP answers', [EKU.OCSPSigning]],
    ['a client that signs code', [EKU.clientAuth, EKU.codeSigning]],
  ])('gives an RSA key only digitalSignature for %s', (_, usages) => {
    expect(chooseKeyUsages('rsa', usages)).toEqual(SIGN);
  });

  it('gives other keys only digitalSignature', () => {
    for (const kind of ['ec', 'ed25519'] as const) {
      expect(chooseKeyUsages(kind, [EKU.serverAuth])).toEqual(SIGN);
      expect(chooseKeyUsages(kind, null)).toEqual(SIGN);
    }
  });
});
