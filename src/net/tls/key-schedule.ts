import { concatBytes, encodeUtf8 } from '../../bytes.ts';
import { encodeUint, encodeVector } from './messages.ts';
import type { CipherSuite } from './parameters.ts';

/** The key schedule of TLS 1.3 (RFC 8446 section 7.1), without PSK. */

export interface TrafficKeys {
  readonly key: CryptoKey;
  /** 12 bytes. */
  readonly iv: Uint8Array;
}

export interface HandshakeSecrets {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  readonly master: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** @param sharedSecret of the key agreement. @param transcript ClientHello to ServerHello */
export async function deriveHandshakeSecrets(
  suite: CipherSuite,
  sharedSecret: Uint8Array,
  transcript: Uint8Array,
): Promise<HandshakeSecrets> {
  const zeros = new Uint8Array(suite.hashBytes);
  const early = await hmac(suite, zeros, zeros);
  const derived = await deriveSecret(suite, early, 'derived', NOTHING);
  const handshake = await hmac(suite, derived, sharedSecret);
  const next = await deriveSecret(suite, handshake, 'derived', NOTHING);
  return {
    client: await deriveSecret(suite, handshake, 'c hs traffic', transcript),
    server: await deriveSecret(suite, handshake, 's hs traffic', transcript),
    master: await hmac(suite, next, zeros),
  };
}

/** @param transcript ClientHello to the server's Finished */
export async function deriveApplicationSecrets(
  suite: CipherSuite,
  master: Uint8Array,
  transcript: Uint8Array,
): Promise<{ readonly client: Uint8Array; readonly server: Uint8Array }> {
  return {
    client: await deriveSecret(suite, master, 'c ap traffic', transcript),
    server: await deriveSecret(suite, master, 's ap traffic', transcript),
  };
}

/** RFC 8446 section 7.3. */
export async function deriveTrafficKeys(
  suite: CipherSuite,
  secret: Uint8Array,
): Promise<TrafficKeys> {
  const bytes = await expandLabel(suite, secret, 'key', NOTHING, suite.keyBytes);
  const usages = ['encrypt', 'decrypt'];
  return {
    key: await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, usages),
    iv: await expandLabel(suite, secret, 'iv', NOTHING, 12),
  };
}

/** The verify_data of a Finished message (RFC 8446 section 4.4.4). */
export async function computeFinished(
  suite: CipherSuite,
  secret: Uint8Array,
  transcript: Uint8Array,
): Promise<Uint8Array> {
  const key = await expandLabel(suite, secret, 'finished', NOTHING, suite.hashBytes);
  return hmac(suite, key, await digest(suite, transcript));
}

export async function digest(suite: CipherSuite, bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(suite.hash, bytes));
}

async function deriveSecret(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  transcript: Uint8Array,
): Promise<Uint8Array> {
  return expandLabel(suite, secret, label, await digest(suite, transcript), suite.hashBytes);
}

/** HKDF-Expand-Label. No output is longer than one hash, so HKDF-Expand is one HMAC. */
async function expandLabel(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const info = concatBytes(
    encodeUint(length, 2),
    encodeVector(1, encodeUtf8(`tls13 ${label}`)),
    encodeVector(1, context),
    Uint8Array.of(1),
  );
  return (await hmac(suite, secret, info)).subarray(0, length);
}

async function hmac(
  { hash }: CipherSuite,
  keyBytes: Uint8Array,
  data: Uint8Array,
): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', keyBytes, { name: 'HMAC', hash }, false, [
    'sign',
  ]);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, data));
}
