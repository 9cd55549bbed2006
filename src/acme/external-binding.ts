import { encodeUtf8 } from '../bytes.ts';
import {
  decodeBase64url,
  type FlattenedJws,
  type JwsHeader,
  readJwsHeader,
  readJwsObject,
} from '../keys/jws.ts';
import type { Sealer } from '../keys/sealing.ts';
import { isJwkOf } from '../x509/keys/jwk.ts';
import { AcmeError } from './acme-error.ts';
import type { KeyCall } from './call.ts';
import { eabKeyRecordId, type SealedEabKey } from './eab-key-store.ts';

const ALGORITHM = 'HS256';

/** A binding whose form is right. Its MAC is not verified yet. */
export interface ExternalBinding {
  readonly jws: FlattenedJws;
  readonly eabKeyId: string;
}

/**
 * Reads the external account binding of a new account (RFC 8555 section 7.3.4).
 * @throws SignetError malformed-request; AcmeError bad-signature-algorithm, account-unauthorized
 */
export function readBinding(jws: FlattenedJws, call: KeyCall): ExternalBinding {
  const header = readJwsHeader(jws);
  checkHeader(header, call.url);
  if (!isJwkOf(readJwsObject(jws, 'payload'), call.signer.key)) {
    throw refuse(
      'The payload of the external account binding must be the public key of the account.',
    );
  }
  return { jws, eabKeyId: header.kid ?? '' };
}

function checkHeader({ alg, kid, nonce, jwk, url }: JwsHeader, expectedUrl: string): void {
  if (alg !== ALGORITHM) {
    throw new AcmeError(
      'bad-signature-algorithm',
      `The external account binding must have 'alg' ${ALGORITHM}.`,
      { algorithms: [ALGORITHM], field: 'externalAccountBinding' },
    );
  }
  if (kid === null || nonce !== null || jwk !== null) {
    throw refuse("The external account binding must have a 'kid', no 'nonce' and no 'jwk'.");
  }
  if (url !== expectedUrl) {
    throw refuse(`'url' of the external account binding must be ${expectedUrl}.`);
  }
}

/**
 * Verifies the MAC, and that the key may bind an account now.
 * @throws AcmeError account-unauthorized; SignetError sealing-unavailable, malformed-request
 */
export async function verifyBinding(
  sealer: Sealer,
  { jws }: ExternalBinding,
  eabKey: SealedEabKey | null,
  nowSeconds: number,
): Promise<SealedEabKey> {
  // One message for both, so that it does not tell which ids exist.
  if (eabKey === null || !(await hasMac(sealer, jws, eabKey))) {
    throw refuse('The external account binding has an unknown key id or a wrong MAC. Check both.');
  }
  const { enabled, expiresAtSeconds } = eabKey.terms;
  if (!enabled) throw refuse('The key for external account binding is disabled.');
  if (expiresAtSeconds !== null && expiresAtSeconds <= nowSeconds) {
    throw refuse('The key for external account binding has expired.');
  }
  return eabKey;
}

async function hasMac(
  sealer: Sealer,
  jws: FlattenedJws,
  { terms, sealedMacKey }: SealedEabKey,
): Promise<boolean> {
  const bytes = await sealer.open(eabKeyRecordId(terms), sealedMacKey);
  const key = await crypto.subtle.importKey(
    'raw',
    bytes,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const mac = decodeBase64url(jws.signature, 'externalAccountBinding');
  return crypto.subtle.verify('HMAC', key, mac, encodeUtf8(`${jws.protected}.${jws.payload}`));
}

function refuse(message: string): AcmeError {
  return new AcmeError('account-unauthorized', message, { field: 'externalAccountBinding' });
}
