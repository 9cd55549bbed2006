import { describe, expect, it } from 'vitest';
import { encodeElement, encodeObjectIdentifier, encodeSequence } from '../../src/asn1/der.ts';
import { encodePem } from '../../src/asn1/pem.ts';
import { checkPublicKey } from '../../src/keys/check-public-key.ts';
import { importSigner } from '../../src/keys/signer.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { CURVES } from '../../src/x509/keys/algorithms.ts';
import { CSR_NAMES, csrPem, keyPem } from '../fixtures.ts';
import { refusalMessage } from '../x509/refusal.ts';

/** The order of each curve (SP 800-186 section 3.2.1). */
const ORDERS: Readonly<Record<string, bigint>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384':
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  'P-521':
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
};

/** testECCP256 of RFC 9500 section 2.3. */
const RFC_9500_P256 = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIObLW92AqkWunJXowVR2Z5/+yVPBaFHnEedDk5WJxk/BoAoGCCqGSM49
AwEHoUQDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjV
uKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==
-----END EC PRIVATE KEY-----
`;

/** 000102… */
const COUNTING_BYTES = Uint8Array.from({ length: 66 }, (_, i) => i).toHex();

async function refused(privateKeyPem: string): Promise<string> {
  const { publicKey } = await importSigner(privateKeyPem);
  return refusalMessage('weak-key', () => checkPublicKey(publicKey));
}

function ecKey(oid: string, secret: bigint, bytes: number): string {
  const scalar = Uint8Array.fromHex(secret.toString(16).padStart(2 * bytes, '0'));
  return encodePem(
    'EC PRIVATE KEY',
    encodeSequence(
      Uint8Array.of(2, 1, 1),
      encodeElement(4, scalar),
      encodeElement(0xa0, encodeObjectIdentifier(oid)),
    ),
  );
}

describe('checkPublicKey', () => {
  it.each(CURVES)('refuses trivial private keys of $namedCurve', async (curve) => {
    const order = ORDERS[curve.namedCurve] ?? 0n;
    const small = [1n, 2n, 255n, 1000n, 65537n, 10n ** 9n];
    const powers = [2n ** 16n, 2n ** 64n, 2n ** 128n, 2n ** 255n];
    const counting = BigInt(`0x${COUNTING_BYTES.slice(0, 2 * curve.coordinateBytes)}`);
    for (const secret of [...small, ...powers, order - 1n, order - 1000n, counting]) {
      expect(await refused(ecKey(curve.oid, secret, curve.coordinateBytes))).toContain(
        'its private key',
      );
    }
  });

  it('refuses trivial Ed25519 seeds', async () => {
    const counting = Uint8Array.fromHex(COUNTING_BYTES).subarray(0, 32);
    const seeds = [
      new Uint8Array(32),
      new Uint8Array(32).fill(0x42),
      counting,
      counting.map((byte) => byte + 1),
      counting.toReversed(),
      new Uint8Array(32).with(30, 3).with(31, 0xe8), // 1000
      new Uint8Array(32).with(29, 1).with(31, 1), // 65537
      new Uint8Array(32).with(7, 0x10), // a power of 2
    ];
    for (const seed of seeds) {
      const prefix = Uint8Array.fromHex('302e020100300506032b657004220420');
      expect(await refused(encodePem('PRIVATE KEY', Uint8Array.of(...prefix, ...seed)))).toContain(
        'its private key',
      );
    }
  });

  it('refuses the test keys of RFC 9500', async () => {
    expect(await refused(RFC_9500_P256)).toContain('It is published');
  });

  it('refuses the same key each time', async () => {
    const { publicKey } = await importSigner(RFC_9500_P256);
    for (const _ of [1, 2]) {
      expect(refusalMessage('weak-key', () => checkPublicKey(publicKey))).toContain('is published');
    }
  });

  it('accepts the keys of the fixtures', async () => {
    for (const name of ['p-256', 'p-384', 'p-521', 'ed25519', 'rsa-2048', 'rsa-4096', 'rsa-8192']) {
      const { publicKey } = await importSigner(keyPem(name));
      expect(() => checkPublicKey(publicKey)).not.toThrow();
    }
    for (const name of CSR_NAMES.filter((csr) => !csr.startsWith('rejected-'))) {
      const { publicKey } = parseCsr(decodeCsr(csrPem(name)));
      expect(() => checkPublicKey(publicKey), name).not.toThrow();
    }
  });
});
