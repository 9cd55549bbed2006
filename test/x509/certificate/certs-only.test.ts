import { describe, expect, it } from 'vitest';
import { readChildren, readObjectIdentifier, readOnly, TAG } from '../../../src/asn1/der.ts';
import { assertStrictDer } from '../../../src/asn1/strict-der.ts';
import { encodeCertsOnly } from '../../../src/x509/certificate/certs-only.ts';

describe('encodeCertsOnly', () => {
  it('puts the certificates into a SignedData without signers, in their order', () => {
    const certificates = [Uint8Array.of(0x30, 2, 5, 0), Uint8Array.of(0x30, 0)];
    const der = encodeCertsOnly(certificates);
    assertStrictDer(der);
    const [type, wrapped] = readChildren(readOnly(der, TAG.sequence).content);
    expect(type && readObjectIdentifier(type)).toBe('1.2.840.113549.1.7.2');
    const signedData = readOnly(wrapped?.content ?? new Uint8Array(), TAG.sequence);
    const [version, digests, content, list, signers] = readChildren(signedData.content);
    expect(version?.bytes).toEqual(Uint8Array.of(2, 1, 1));
    expect(digests?.bytes).toEqual(Uint8Array.of(0x31, 0));
    expect(content?.bytes.toHex()).toBe('300b06092a864886f70d010701');
    expect(list?.tag).toBe(0xa0);
    expect(list?.content.toHex()).toBe('300205003000');
    expect(signers?.bytes).toEqual(Uint8Array.of(0x31, 0));
  });
});
