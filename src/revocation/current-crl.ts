import { SignetError } from '../errors.ts';
import { buildTbsCertList } from '../x509/encode-crl.ts';
import { encodeSigned } from '../x509/signed.ts';
import type { CrlStore, StoredCrl } from './store.ts';

export interface CrlDependencies {
  readonly store: CrlStore;
  /** Unix ms. */
  readonly clock: () => number;
  /** From thisUpdate to nextUpdate. */
  readonly crlLifetimeSeconds: number;
  /** How long before nextUpdate a list is renewed; at most half of the list's life counts. */
  readonly renewBeforeSeconds: number;
}

export const DEFAULT_CRL_LIFETIME_SECONDS = 7 * 86400;
export const DEFAULT_RENEW_BEFORE_SECONDS = 86400;

export interface CrlSigner {
  readonly signatureAlgorithmDer: Uint8Array;
  /** The signature in X.509's form. */
  sign(tbsDer: Uint8Array): Promise<Uint8Array>;
}

/** An authority as far as its lists need it. */
export interface CrlAuthority {
  readonly id: string;
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly notAfterSeconds: number;
  /** Null where the key cannot be used: what is stored is served as long as it is true. */
  readonly signer: CrlSigner | null;
}

type FoundCrl = Awaited<ReturnType<CrlStore['findCrl']>>;

/**
 * How often a list is built before giving up. Two lost races are the most there can be without a
 * raised number in between: the builder that wins the second one began after the first was decided,
 * so after this request began, and its list holds whatever this request must find.
 */
const MAX_BUILDS = 4;

/**
 * A list that holds every revocation answered before this call: the stored one where it does and is
 * not due for renewal, else a new one with the next number.
 * @throws SignetError authority-not-found; authority-unavailable where a new list is needed and
 *   cannot be signed; record-unavailable
 */
export async function currentCrl(
  dependencies: CrlDependencies,
  authority: CrlAuthority,
): Promise<StoredCrl> {
  const { store, clock } = dependencies;
  let found = await store.findCrl(authority.id);
  const { revision } = found;
  for (let builds = 0; ; builds++) {
    const nowSeconds = Math.floor(clock() / 1000);
    const complete = found.crl !== null && found.crl.revision >= revision ? found.crl : null;
    if (complete !== null && !isDue(complete, dependencies, authority, nowSeconds)) return complete;
    if (authority.signer === null || nowSeconds >= authority.notAfterSeconds) {
      if (complete !== null && nowSeconds < complete.nextUpdateSeconds) return complete;
      throw new SignetError(
        'authority-unavailable',
        'The revocation list must be renewed and the authority cannot sign at present.',
      );
    }
    if (builds === MAX_BUILDS) {
      throw new SignetError(
        'record-unavailable',
        'The revocation list is being rebuilt by others; try again.',
      );
    }
    const built = await buildCrl(dependencies, authority, authority.signer, found, nowSeconds);
    if (await store.commitCrl(authority.id, built.crl, built.entries)) return built.crl;
    found = await store.findCrl(authority.id);
  }
}

function isDue(
  crl: StoredCrl,
  { renewBeforeSeconds }: CrlDependencies,
  authority: CrlAuthority,
  nowSeconds: number,
): boolean {
  if (nowSeconds >= crl.nextUpdateSeconds) return true;
  // A list that ends with the CA certificate cannot be prolonged.
  if (crl.nextUpdateSeconds >= authority.notAfterSeconds) return false;
  const halfLifeSeconds = (crl.nextUpdateSeconds - crl.thisUpdateSeconds) / 2;
  return nowSeconds >= crl.nextUpdateSeconds - Math.min(renewBeforeSeconds, halfLifeSeconds);
}

async function buildCrl(
  { store, crlLifetimeSeconds }: CrlDependencies,
  authority: CrlAuthority,
  signer: CrlSigner,
  { lastNumber }: FoundCrl,
  thisUpdateSeconds: number,
): Promise<{ readonly crl: StoredCrl; readonly entries: number }> {
  // Read after `lastNumber`: a list that takes the next number cannot hold less than the one before it.
  const { revision, entries } = await store.listRevoked(authority.id);
  const number = lastNumber + 1;
  const nextUpdateSeconds = Math.min(
    thisUpdateSeconds + crlLifetimeSeconds,
    authority.notAfterSeconds,
  );
  const tbsDer = buildTbsCertList({
    signatureAlgorithmDer: signer.signatureAlgorithmDer,
    issuerDer: authority.subjectDer,
    thisUpdateSeconds,
    nextUpdateSeconds,
    entries,
    crlNumber: number,
    authorityKeyIdentifier: authority.subjectKeyIdentifier,
  });
  const crlDer = encodeSigned(tbsDer, signer.signatureAlgorithmDer, await signer.sign(tbsDer));
  return {
    crl: { number, revision, thisUpdateSeconds, nextUpdateSeconds, crlDer },
    entries: entries.length,
  };
}
