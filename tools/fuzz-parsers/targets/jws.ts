import { constants, createPublicKey, type JsonWebKey, sign, verify } from 'node:crypto';
import { KEY_PROOF_REQUEST } from '../../../src/http/api/certificates/revoke-by-key.ts';
import { readJson } from '../../../src/http/api/common/read-json.ts';
import {
  type FlattenedJws,
  type JwsHeader,
  readJwsHeader,
  readJwsObject,
  verifyJws,
} from '../../../src/keys/jws.ts';
import { isJwkOf } from '../../../src/x509/keys/jwk.ts';
import { type PublicKey, parsePublicKey } from '../../../src/x509/keys/public-key.ts';
import { assertSame, assertTrue, attempt, attemptAsync } from '../oracle.ts';
import { TEST_KEYS, type TestKey } from '../test-keys.ts';
import { readUtf8, splitChoice, splitLine } from '../text.ts';

const { p256, p384, p521, ed25519, rsa } = TEST_KEYS;

interface Candidate {
  readonly own: TestKey;
  readonly key: PublicKey;
}

const CANDIDATES: readonly Candidate[] = [
  ...[p256, p384, p521, ed25519, rsa].map((own) => ({ own, key: parsePublicKey(own.spkiDer) })),
  { own: rsa, key: relabelAsPss(rsa) },
];

/** An independent table of RFC 7518 section 3.1 and RFC 8037 section 3.1. */
const ALGORITHMS: Readonly<Record<string, { hash: string | null; of: readonly number[] }>> = {
  ES256: { hash: 'sha256', of: [0] },
  ES384: { hash: 'sha384', of: [1] },
  ES512: { hash: 'sha512', of: [2] },
  EdDSA: { hash: null, of: [3] },
  RS256: { hash: 'sha256', of: [4] },
  RS384: { hash: 'sha384', of: [4] },
  RS512: { hash: 'sha512', of: [4] },
  PS256: { hash: 'sha256', of: [4, 5] },
  PS384: { hash: 'sha384', of: [4, 5] },
  PS512: { hash: 'sha512', of: [4, 5] },
};

/**
 * The first byte selects the key, and whether the rest is a request body or three lines: header, bytes
 * to XOR with the signature, payload. The three lines are signed with the header's algorithm.
 */
export async function fuzz(data: Buffer): Promise<void> {
  const { choice, rest } = splitChoice(data);
  const index = choice % CANDIDATES.length;
  const candidate = CANDIDATES[index];
  if (candidate === undefined) return;
  if (choice >= 0x80) {
    const jws = attempt(() => readJson(KEY_PROOF_REQUEST, rest));
    if (jws !== null) await judge(jws, candidate, index);
    return;
  }
  const [protectedText, behind] = splitLine(readUtf8(rest));
  const [change, payloadText] = splitLine(behind);
  const texts = [protectedText, payloadText].map((text) => Buffer.from(text).toString('base64url'));
  const [head = '', payload = ''] = texts;
  const unsigned = { protected: head, payload, signature: '' };
  const header = attempt(() => readJwsHeader(unsigned));
  if (header === null) return;
  const signature = changeBytes(signWith(candidate, header, unsigned), Buffer.from(change));
  await judge({ ...unsigned, signature: signature.toString('base64url') }, candidate, index);
}

async function judge(jws: FlattenedJws, { own, key }: Candidate, index: number): Promise<void> {
  attempt(() => readJwsObject(jws, 'payload'));
  const header = attempt(() => readJwsHeader(jws));
  if (header === null) return;
  const { alg, jwk } = header;
  const known = Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  const isOfKey = known?.of.includes(index) ?? false;
  const isRight = isOfKey && verifyWith(own, header, jws);
  const accepted =
    (await attemptAsync(async () => (await verifyJws(key, header, jws)) ?? true)) ?? false;
  assertTrue('a wrong signature is accepted', !accepted || isRight);
  const isOwn = jwk === null || isJwkOf(jwk, key);
  if (jwk !== null && isOwn) {
    const named: JsonWebKey = jwk;
    const other = createPublicKey({ key: named, format: 'jwk' });
    assertTrue('the jwk of another key', other.equals(own.publicKey));
  }
  assertTrue('the header names another key', !accepted || isOwn);
  const bytes = Buffer.from(jws.signature, 'base64url');
  const isCanonical = bytes.toString('base64url') === jws.signature;
  assertSame('whether it is accepted', accepted, isRight && isOwn && isCanonical);
}

function optionsFor({ privateKey, publicKey }: TestKey, alg: string) {
  const padding = alg.startsWith('PS')
    ? {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }
    : {};
  const common = { dsaEncoding: 'ieee-p1363', ...padding } as const;
  return { secret: { key: privateKey, ...common }, open: { key: publicKey, ...common } };
}

function signedBytes(jws: FlattenedJws): Buffer {
  return Buffer.from(`${jws.protected}.${jws.payload}`);
}

/** Signs as the header says; returns no bytes if the key cannot. */
function signWith({ own }: Candidate, { alg }: JwsHeader, jws: FlattenedJws): Buffer {
  const known = Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  try {
    const { secret } = optionsFor(own, alg);
    return sign(known?.hash ?? null, signedBytes(jws), secret);
  } catch {
    return Buffer.alloc(0);
  }
}

function verifyWith(own: TestKey, { alg }: JwsHeader, jws: FlattenedJws): boolean {
  const signature = Buffer.from(jws.signature, 'base64url');
  const { open } = optionsFor(own, alg);
  return verify(ALGORITHMS[alg]?.hash ?? null, signedBytes(jws), open, signature);
}

function changeBytes(signature: Buffer, change: Buffer): Buffer {
  const changed = Buffer.alloc(Math.max(signature.length, change.length));
  for (let at = 0; at < changed.length; at++) {
    changed[at] = (signature[at] ?? 0) ^ (change[at] ?? 0);
  }
  return changed;
}

/** Returns the same RSA key for PSS only: rsaEncryption with NULL becomes id-RSASSA-PSS. */
function relabelAsPss({ spkiDer }: TestKey): PublicKey {
  const hex = Buffer.from(spkiDer).toString('hex');
  const [outer = '', bits = ''] = hex.split('300d06092a864886f70d0101010500');
  const length = (Number.parseInt(outer.slice(4), 16) - 2).toString(16).padStart(4, '0');
  return parsePublicKey(Buffer.from(`3082${length}300b06092a864886f70d01010a${bits}`, 'hex'));
}
