import { describe, expect, it } from 'vitest';
import { listChains } from '../../../src/acme/orders/certificate-chains.ts';

const [issuer, middle, root, cross] = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte));

function bytes(value: Uint8Array | undefined): Uint8Array {
  if (value === undefined) throw new Error('no bytes');
  return value;
}

describe('listChains', () => {
  it('leaves the root out, but not one that is the issuer itself', () => {
    const below = { certificateDer: bytes(issuer), chainDer: [bytes(middle), bytes(root)] };
    expect(listChains(below, [])).toEqual([[issuer, middle]]);
    expect(listChains({ certificateDer: bytes(root), chainDer: [] }, [])).toEqual([[root]]);
  });

  it('has an alternate for each certificate of the root by another key', () => {
    const below = { certificateDer: bytes(issuer), chainDer: [bytes(root)] };
    expect(listChains(below, [bytes(cross)])).toEqual([[issuer], [issuer, cross]]);
    const atRoot = { certificateDer: bytes(root), chainDer: [] };
    expect(listChains(atRoot, [bytes(cross)])).toEqual([[root], [cross]]);
  });
});
