import { createPublicKey } from 'node:crypto';
import { parsePem } from '../../../src/asn1/pem.ts';
import {
  encryptPrivateKey,
  readUploadPublicKey,
} from '../../../src/inventory/upload-public-key.ts';
import { assertSame, attempt } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';
import { readUtf8 } from '../text.ts';

export async function fuzz(data: Buffer): Promise<void> {
  attempt(() => readUploadPublicKey(readUtf8(data)));
  for (const der of listDerReadings(data)) {
    const key = attempt(() => readUploadPublicKey(Buffer.from(der).toString('base64')));
    if (key === null) continue;
    const other = createPublicKey({ key: Buffer.from(key.spkiDer), format: 'der', type: 'spki' });
    assertSame('kind', other.asymmetricKeyType, key.kind);
    if (key.kind === 'rsa') {
      const n = Buffer.from(other.export({ format: 'jwk' }).n ?? '', 'base64url');
      assertSame('modulus', new Uint8Array(n), key.modulus);
    }
    // A key that is accepted as a recipient must be able to encrypt.
    const [block] = parsePem(await encryptPrivateKey(key, 'a private key'));
    assertOneEncoding(block?.der ?? new Uint8Array());
  }
}
