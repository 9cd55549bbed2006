import { equalBytes } from '../bytes.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import {
  agreeOnKeyIdentifier,
  checkLink,
  type LinkProof,
} from '../x509/keys/historic-signature.ts';
import { isSameName } from '../x509/names/name-comparison.ts';

/** An issuer of a certificate, and whether its signature could be verified. */
export interface IssuerLink {
  readonly issuer: Certificate;
  readonly proof: Exclude<LinkProof, 'not-signed'>;
}

/** The issuers of a certificate. Several, if a CA has several certificates for one key. */
export type IssuerLinks = ReadonlyMap<Certificate, readonly IssuerLink[]>;

/**
 * Finds the issuers of `leaf` among `candidates`, their issuers and so on. The map holds `leaf` and each
 * issuer, the nearest to `leaf` first.
 */
export async function linkIssuers(
  leaf: Certificate,
  candidates: readonly Certificate[],
): Promise<IssuerLinks> {
  const links = new Map<Certificate, readonly IssuerLink[]>();
  const queue = [leaf];
  for (const subject of queue) {
    const issuers = await findIssuers(subject, candidates);
    links.set(subject, issuers);
    queue.push(...issuers.map(({ issuer }) => issuer).filter((issuer) => !queue.includes(issuer)));
  }
  return links;
}

async function findIssuers(
  subject: Certificate,
  candidates: readonly Certificate[],
): Promise<readonly IssuerLink[]> {
  const links: IssuerLink[] = [];
  for (const issuer of candidates) {
    const proof = isNamedIssuer(subject, issuer) ? await proveLink(subject, issuer) : 'not-signed';
    if (proof !== 'not-signed') links.push({ issuer, proof });
  }
  return links;
}

/** Another certificate of the same key is not an issuer: a root and its cross-certificate. */
export function isNamedIssuer(subject: Certificate, issuer: Certificate): boolean {
  return (
    isSameName(issuer.subjectDer, subject.issuerDer) && !equalBytes(issuer.spkiDer, subject.spkiDer)
  );
}

/** If the signature cannot be verified, name and key identifiers decide. */
export async function proveLink(subject: Certificate, issuer: Certificate): Promise<LinkProof> {
  const proof = await checkLink(subject, issuer);
  return proof === 'unverifiable' && !agreeOnKeyIdentifier(subject, issuer) ? 'not-signed' : proof;
}
