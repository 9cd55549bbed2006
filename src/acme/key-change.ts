import { SignetError } from '../errors.ts';
import { type FlattenedJws, readJwsHeader, readJwsObject } from '../keys/jws.ts';
import { isJwkOf } from '../x509/keys/jwk.ts';
import { type AccountKey, readAccountKey } from './account-key.ts';
import type { AccountCall } from './call.ts';
import { checkAlgorithm, verifyBy } from './open-call.ts';

/**
 * Verifies the inner JWS of a key change, by the new key (RFC 8555 section 7.3.5).
 * @param accountUrl of the account that signed the outer JWS
 * @throws AcmeError bad-public-key, bad-signature-algorithm; SignetError malformed-request,
 *   invalid-signature
 */
export async function readNewKey(
  call: AccountCall,
  inner: FlattenedJws,
  accountUrl: string,
): Promise<AccountKey> {
  const header = readJwsHeader(inner);
  checkAlgorithm(header);
  const { jwk, kid, nonce, url } = header;
  if (jwk === null || kid !== null || nonce !== null) {
    throw malformed("The inner JWS must have the new key as 'jwk', no 'kid' and no 'nonce'.");
  }
  if (url !== call.url) throw malformed("'url' of the inner JWS must be that of the outer one.");
  const newKey = await readAccountKey(jwk);
  await verifyBy(newKey, header, inner);
  const { account, oldKey } = readJwsObject(inner, 'payload');
  if (account !== accountUrl) throw malformed("'account' must be the URL of the account.");
  if (!isObject(oldKey) || !isJwkOf(oldKey, call.account.key)) {
    throw malformed("'oldKey' must be the public key that the account has now.");
  }
  if (newKey.thumbprint === call.account.thumbprint) {
    throw malformed('The new key is the one that the account has already.');
  }
  return newKey;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function malformed(message: string): SignetError {
  return new SignetError('malformed-request', message, { field: 'payload' });
}
