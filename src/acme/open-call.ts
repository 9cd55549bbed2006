import type { RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { type FlattenedJws, type JwsHeader, readJwsHeader, verifyJws } from '../keys/jws.ts';
import type { AcmeAccount } from './account.ts';
import type { AccountKey } from './account-key.ts';
import { readAccountKey } from './account-key.ts';
import { AcmeError } from './acme-error.ts';
import type { AcmeCall } from './call.ts';
import type { AcmeNonces } from './nonces.ts';
import { doesNotExist, type OpenAccounts } from './open-account.ts';

/** The signature algorithms of account keys (RFC 8555 section 6.2). */
export const ACCOUNT_ALGORITHMS: readonly string[] = ['ES256', 'ES384', 'ES512', 'RS256', 'EdDSA'];

/** How a request names the key that it is signed with: `kid` for an account, `jwk` for the key itself. */
export type SignedBy = 'account' | 'key' | 'either';

export interface SignedRequest {
  readonly jws: FlattenedJws;
  /** The whole URL of the request, from the configuration: a client may send any Host. */
  readonly url: string;
  /** What the URLs of the directory's accounts begin with. */
  readonly accountsUrl: string;
  readonly lineageId: string;
  readonly signedBy: SignedBy;
  readonly request: RequestContext;
}

export interface CallDependencies {
  readonly nonces: AcmeNonces;
  readonly accounts: OpenAccounts;
  /** Unix ms. */
  readonly clock: () => number;
}

/**
 * Verifies a signed request (RFC 8555 sections 6.2 to 6.5).
 * @throws AcmeError bad-signature-algorithm, bad-nonce, bad-public-key, account-does-not-exist,
 *   account-unauthorized; SignetError malformed-request, invalid-signature, record-unavailable,
 *   sealing-unavailable
 */
export async function openCall(
  { nonces, accounts, clock }: CallDependencies,
  { jws, url, accountsUrl, lineageId, signedBy, request }: SignedRequest,
): Promise<AcmeCall> {
  const header = readJwsHeader(jws);
  checkAlgorithm(header);
  const { jwk, kid } = readSigner(header, signedBy);
  await nonces.check(header.nonce);
  checkUrl(header, url);
  const call = {
    lineageId,
    url,
    nonce: header.nonce ?? '',
    nowSeconds: Math.floor(clock() / 1000),
    request,
  };
  if (jwk !== null) {
    const signer = await readAccountKey(jwk);
    await verifyBy(signer, header, jws);
    return { ...call, account: null, signer };
  }
  if (!kid.startsWith(accountsUrl)) throw doesNotExist();
  const account = await verifyByAccount(
    accounts,
    kid.slice(accountsUrl.length),
    lineageId,
    header,
    jws,
  );
  return { ...call, account, signer: account };
}

/** @throws AcmeError bad-signature-algorithm */
export function checkAlgorithm({ alg }: JwsHeader): void {
  if (!ACCOUNT_ALGORITHMS.includes(alg))
    throw badAlgorithm(`'alg' must be one of ${ACCOUNT_ALGORITHMS.join(', ')}.`);
}

function badAlgorithm(message: string): AcmeError {
  return new AcmeError('bad-signature-algorithm', message, {
    algorithms: ACCOUNT_ALGORITHMS,
    field: 'protected',
  });
}

type Signer =
  | { readonly jwk: Readonly<Record<string, unknown>>; readonly kid: null }
  | { readonly jwk: null; readonly kid: string };

function readSigner({ jwk, kid }: JwsHeader, signedBy: SignedBy): Signer {
  if (jwk !== null && kid === null && signedBy !== 'account') return { jwk, kid };
  if (jwk === null && kid !== null && signedBy !== 'key') return { jwk, kid };
  if (jwk !== null && kid !== null) {
    const kept = { account: "'kid'", key: "'jwk'", either: 'one of them' }[signedBy];
    throw malformed(`The protected header has both 'jwk' and 'kid'. It must have only ${kept}.`);
  }
  const wanted = { account: "'kid'", key: "'jwk'", either: "either 'jwk' or 'kid'" }[signedBy];
  throw malformed(`The protected header must have ${wanted}.`);
}

/** @throws AcmeError account-unauthorized (RFC 8555 section 6.4) */
export function checkUrl(header: JwsHeader, url: string): void {
  if (header.url === url) return;
  throw new AcmeError(
    'account-unauthorized',
    `The JWS is for another URL: 'url' in the protected header must be ${url}.`,
    { field: 'protected' },
  );
}

/**
 * Verifies a JWS that has `alg` of the list above.
 * @throws AcmeError bad-signature-algorithm if `alg` is not for the key; SignetError invalid-signature
 */
export async function verifyBy(
  { key }: AccountKey,
  header: JwsHeader,
  jws: FlattenedJws,
): Promise<void> {
  try {
    await verifyJws(key, header, jws);
  } catch (error) {
    const isMismatch = error instanceof SignetError && error.code === 'unsupported-algorithm';
    throw isMismatch ? badAlgorithm(error.message) : error;
  }
}

/** Reads the account again if its key in memory did not sign: another isolate may have changed the key. */
async function verifyByAccount(
  accounts: OpenAccounts,
  id: string,
  lineageId: string,
  header: JwsHeader,
  jws: FlattenedJws,
): Promise<AcmeAccount> {
  const account = await accounts.open(id, lineageId);
  try {
    await verifyBy(account, header, jws);
    return account;
  } catch (error) {
    accounts.evict(id);
    const current = await accounts.open(id, lineageId);
    if (current.thumbprint === account.thumbprint) throw error;
    await verifyBy(current, header, jws);
    return current;
  }
}

function malformed(message: string): SignetError {
  return new SignetError('malformed-request', message, { field: 'protected' });
}
