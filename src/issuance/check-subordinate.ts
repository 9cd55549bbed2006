import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { parseCsr, verifyCsrSignature } from '../x509/certificate/csr.ts';
import { readSubordinateRequest } from '../x509/certificate/subordinate-request.ts';
import { parsePublicKey, publicKeyId } from '../x509/keys/public-key.ts';
import { checkSubjectName } from '../x509/names/names.ts';
import { checkIssuance } from '../x509/path/chain-constraints.ts';
import type { SubordinateContent } from './encode-subordinate.ts';
import { resolveValidity } from './validity.ts';

/** What whoever asks wants of the CA to be, beside what the request itself says. */
export interface SubordinateWishes {
  readonly csrDer: Uint8Array;
  /** Instead of the request's; null for that one. */
  readonly subjectDer: Uint8Array | null;
  /** See resolveValidity. */
  readonly validity: string;
  /** Null for no limit but the issuer's. */
  readonly maxValidityDays: number | null;
  /** Instead of the request's; null for that one and, where it has none, the most permitted. */
  readonly pathLenConstraint: number | null;
  /** Null for no limit but the issuer's. */
  readonly maxPathLength: number | null;
  /** Dotted OIDs, instead of the request's; null for those. */
  readonly extendedKeyUsages: readonly string[] | null;
}

/** How far notBefore lies in the past, for clocks that run late. */
const BACKDATE_SECONDS = 300;

/**
 * Every check before the signature that needs no database, cheapest first; proof of possession is
 * among them.
 * @throws SignetError with the reason
 */
export async function checkSubordinateRequest(
  wishes: SubordinateWishes,
  authority: Authority,
  nowSeconds: number,
): Promise<SubordinateContent & { readonly publicKeyIdHex: string }> {
  const { certificate } = authority;
  requireValidNow(authority, nowSeconds);
  const csr = parseCsr(wishes.csrDer);
  const asked = readSubordinateRequest(csr);
  const subjectDer = wishes.subjectDer ?? csr.subjectDer;
  checkSubjectName(subjectDer);
  const content = {
    ...asked,
    subjectDer,
    publicKey: csr.publicKey,
    pathLenConstraint: choosePathLength(wishes, asked.pathLenConstraint),
    extendedKeyUsages: wishes.extendedKeyUsages ?? asked.extendedKeyUsages,
    ...resolveValidity(wishes.validity, {
      nowSeconds,
      backdateSeconds: BACKDATE_SECONDS,
      issuerNotBeforeSeconds: certificate.notBeforeSeconds,
      issuerNotAfterSeconds: certificate.notAfterSeconds,
      maxValidityDays: wishes.maxValidityDays,
    }),
  };
  checkIssuance(authority.issuers, { ...content, isCa: true });
  checkPublicKey(csr.publicKey);
  await verifyCsrSignature(csr);
  const publicKeyIdHex = await publicKeyId(csr.publicKey);
  await refuseKeysAbove(publicKeyIdHex, authority.issuers);
  return { ...content, publicKeyIdHex };
}

function requireValidNow({ id, certificate }: Authority, nowSeconds: number): void {
  const { notBeforeSeconds, notAfterSeconds } = certificate;
  if (notBeforeSeconds <= nowSeconds && nowSeconds <= notAfterSeconds) return;
  throw new SignetError(
    'authority-unavailable',
    'The authority cannot sign: its certificate is not valid now.',
    { cause: `the certificate of authority '${id}' is outside its validity` },
  );
}

/** What nobody asks for is the most permitted; what is too much is refused and not cut. */
function choosePathLength(
  { pathLenConstraint, maxPathLength }: SubordinateWishes,
  asked: number | null,
): number | null {
  const chosen = pathLenConstraint ?? asked ?? maxPathLength;
  if (chosen === null || maxPathLength === null || chosen <= maxPathLength) return chosen;
  throw new SignetError(
    'constraint-violated',
    `A path length of ${chosen} is too long: ${maxPathLength} at most ${maxPathLength === 1 ? 'is' : 'are'} permitted here. Ask for ${maxPathLength} or less, with PathLenConstraint or in the certificate request.`,
    { field: 'pathLenConstraint' },
  );
}

/** Two CAs of one key could sign in each other's name. */
async function refuseKeysAbove(
  publicKeyIdHex: string,
  chain: readonly Certificate[],
): Promise<void> {
  for (const { spkiDer } of chain) {
    if (publicKeyIdHex === (await publicKeyId(parsePublicKey(spkiDer)))) throw authorityKey();
  }
}

/** The refusal of a key that an authority here has. */
export function authorityKey(): SignetError {
  return new SignetError(
    'weak-key',
    "The public key is an authority's own: make a key pair of your own.",
    { field: 'csr' },
  );
}
