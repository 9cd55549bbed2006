import { equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import {
  agreeOnKeyIdentifier,
  checkLink,
  type LinkProof,
} from '../x509/keys/historic-signature.ts';
import { isSameName } from '../x509/names/name-comparison.ts';
import { formatName } from '../x509/names/names.ts';

export interface OrderedChain {
  /** Issuer first. The root may be missing. */
  readonly chain: readonly Certificate[];
  /** Whether every signature in the chain could be verified. */
  readonly isVerified: boolean;
}

/**
 * Orders the issuers of `leaf` by name and signature. Every certificate of `others` must belong to the
 * chain, and the chain must not contain a loop.
 * @param others without duplicates, in any order
 * @throws SignetError malformed-chain
 */
export async function orderChain(
  leaf: Certificate,
  others: readonly Certificate[],
): Promise<OrderedChain> {
  const chain: Certificate[] = [];
  const rest = [...others];
  let isVerified = true;
  let current = leaf;
  while (rest.length > 0) {
    const { issuer, proof } = await findIssuer(current, rest);
    chain.push(issuer);
    rest.splice(rest.indexOf(issuer), 1);
    if (proof === 'unverifiable') isVerified = false;
    current = issuer;
  }
  await refuseLoop([leaf, ...chain]);
  return { chain, isVerified };
}

async function findIssuer(
  subject: Certificate,
  candidates: readonly Certificate[],
): Promise<{ readonly issuer: Certificate; readonly proof: LinkProof }> {
  const named = candidates.filter(
    (candidate) =>
      isSameName(candidate.subjectDer, subject.issuerDer) &&
      // Another certificate of the same key is not an issuer.
      !equalBytes(candidate.spkiDer, subject.spkiDer),
  );
  for (const issuer of named) {
    const proof = await proveLink(subject, issuer);
    if (proof !== 'not-signed') return { issuer, proof };
  }
  const [first] = named;
  throw first === undefined
    ? refuse(
        `${describe(candidates[0])} does not belong to it. Remove certificates that are not issuers, and add missing issuers.`,
      )
    : refuse(
        `${describe(first)} has the right name, but its key did not sign the certificate below it.`,
      );
}

/** If the signature cannot be verified, name and key identifiers decide. */
async function proveLink(subject: Certificate, issuer: Certificate): Promise<LinkProof> {
  const proof = await checkLink(subject, issuer);
  return proof === 'unverifiable' && !agreeOnKeyIdentifier(subject, issuer) ? 'not-signed' : proof;
}

/** @param path leaf first */
async function refuseLoop(path: readonly Certificate[]): Promise<void> {
  const last = path.at(-1);
  for (const below of path.slice(0, -1)) {
    if (last === undefined || !isSameName(below.subjectDer, last.issuerDer)) continue;
    if ((await proveLink(last, below)) === 'not-signed') continue;
    throw refuse(
      `It contains a loop: ${describe(below)} signed ${describe(last)} and comes before it.`,
    );
  }
}

const MAX_SHOWN_CHARACTERS = 100;

function describe(certificate: Certificate | undefined): string {
  const name = certificate === undefined ? '' : formatName(certificate.subjectDer);
  return `the certificate "${name.slice(0, MAX_SHOWN_CHARACTERS)}"`;
}

function refuse(reason: string): SignetError {
  return new SignetError(
    'malformed-chain',
    `The chain does not fit the certificate. ${reason.charAt(0).toUpperCase()}${reason.slice(1)}`,
    { field: 'chain' },
  );
}
