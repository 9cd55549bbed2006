import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { encodePem } from '../../../src/asn1/pem.ts';
import { readPrivateKeyFor } from '../../../src/inventory/read-private-key.ts';
import { decodePrivateKeyPem } from '../../../src/x509/keys/pkcs8.ts';
import { parsePublicKey } from '../../../src/x509/keys/public-key.ts';
import { assertSame, attemptAsync } from '../oracle.ts';
import { listDerReadings } from '../strict-der.ts';
import { readUtf8, splitChoice } from '../text.ts';

const LABELS = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'];
/** Any public key: uploaded keys are compared with it, and none matches. */
const CERTIFIED_KEY = parsePublicKey(
  Buffer.from(
    '302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    'hex',
  ),
);

/** The first byte selects how the rest is uploaded: as text, or as DER with one of the labels. */
export async function fuzz(data: Buffer): Promise<void> {
  const { choice, rest } = splitChoice(data);
  const label = LABELS[choice % (LABELS.length + 1)];
  if (label === undefined) {
    await judge(readUtf8(rest), null);
    return;
  }
  for (const der of listDerReadings(rest)) {
    if (der.length > 0) await judge(encodePem(label, der), { label, der });
    await attemptAsync(() => readPrivateKeyFor(CERTIFIED_KEY, Buffer.from(der).toString('base64')));
  }
}

async function judge(pem: string, given: { label: string; der: Uint8Array } | null): Promise<void> {
  await attemptAsync(() => readPrivateKeyFor(CERTIFIED_KEY, pem));
  const decoded = await attemptAsync(() => decodePrivateKeyPem(pem));
  if (decoded === null) return;
  const again = await decodePrivateKeyPem(encodePem('PRIVATE KEY', decoded.pkcs8Der));
  assertSame('read again', { ...again, pem: '' }, { ...decoded, pem: '' });
  if (given === null) return;
  const before = exportSecret(pem);
  const after = exportSecret(encodePem('PRIVATE KEY', decoded.pkcs8Der));
  // OpenSSL (through Node) must find the same key in the upload and in the stored form.
  if (before !== null && after !== null) assertSame('the key', after, before);
}

function exportSecret(pem: string): JsonWebKey['d'] | null {
  try {
    return createPrivateKey(pem).export({ format: 'jwk' }).d;
  } catch {
    return null;
  }
}
