import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { Certificate } from '../certificate/certificate.ts';
import { findUnknownCriticalExtension } from '../certificate/critical-extensions.ts';
import {
  hasKeyUsage,
  readBasicConstraints,
  readSubjectKeyIdentifier,
} from '../certificate/extensions.ts';
import { checkLink } from '../keys/historic-signature.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import { parseSignatureAlgorithm, verifySignature } from '../keys/verify-signature.ts';
import { isSameName } from '../names/name-comparison.ts';
import { isEmptyName } from '../names/names.ts';

/** Longer than any chain in use. It bounds the search. */
const MAX_CHAIN_LENGTH = 8;

/**
 * Finds the issuers of `subject` among `candidates` by name and signature, up to a self-signed
 * root. Returns them issuer first, root last; empty if `subject` is the root.
 * @throws SignetError malformed-certificate if the chain does not reach a root, or reaches one whose
 *   self-signature does not verify
 */
export async function buildChain(
  subject: Certificate,
  candidates: readonly Certificate[],
): Promise<readonly Certificate[]> {
  const chain: Certificate[] = [];
  let current = subject;
  while (!(await isSelfSigned(current))) {
    const issuer = await findIssuer(current, candidates).catch((error: unknown) => {
      throw refuseUnreadable('A certificate of the chain', error);
    });
    if (issuer === null && isSelfIssued(current)) {
      throw refuse(
        `${nameAt(chain.length)} is damaged or was changed: its self-signature does not verify.`,
      );
    }
    if (issuer === null) {
      throw refuse('The chain does not reach a root. Add every issuer up to the self-signed root.');
    }
    chain.push(issuer);
    if (chain.length > MAX_CHAIN_LENGTH) {
      throw refuse(`The chain is longer than ${MAX_CHAIN_LENGTH} certificates or has a loop.`);
    }
    current = issuer;
  }
  return chain;
}

async function findIssuer(
  subject: Certificate,
  candidates: readonly Certificate[],
): Promise<Certificate | null> {
  let keyChange: Certificate | null = null;
  for (const candidate of candidates) {
    if (!isSameName(candidate.subjectDer, subject.issuerDer)) continue;
    if (equalBytes(candidate.certificateDer, subject.certificateDer)) continue;
    const { algorithm } = parseSignatureAlgorithm(subject.signatureAlgorithmDer);
    if (parsePublicKey(candidate.spkiDer).kind !== algorithm.keyKind) continue;
    if (!(await isSignedBy(subject, candidate))) continue;
    if (!isSelfIssued(candidate) || (await isSelfSigned(candidate))) return candidate;
    // A re-keyed root's certificate by its old key: the root itself makes the chain shorter.
    keyChange ??= candidate;
  }
  return keyChange;
}

/** Turns any error of a parser or of the platform about a certificate into a SignetError. */
function refuseUnreadable(which: string, error: unknown): SignetError {
  if (error instanceof SignetError) return error;
  return refuse(`${which} has a key, a signature or an extension that cannot be read.`, error);
}

/**
 * Returns whether the key of `issuer` signed `subject`.
 * @throws SignetError unsupported-algorithm
 */
export function isSignedBy(subject: Certificate, issuer: Certificate): Promise<boolean> {
  return verifySignature(
    parsePublicKey(issuer.spkiDer),
    parseSignatureAlgorithm(subject.signatureAlgorithmDer),
    subject.tbsDer,
    subject.signature,
  );
}

/** Returns whether issuer and subject are the same name (RFC 5280 section 3.2). */
export function isSelfIssued(certificate: Certificate): boolean {
  return isSameName(certificate.issuerDer, certificate.subjectDer);
}

/**
 * Returns whether a certificate is self-issued and its own key signed it. A signature by an algorithm
 * that cannot be verified here is taken as that: roots are trusted for their key.
 */
export async function isSelfSigned(certificate: Certificate): Promise<boolean> {
  return isSelfIssued(certificate) && (await checkLink(certificate, certificate)) !== 'not-signed';
}

/**
 * Checks a CA certificate and its issuers as checkChainRoles does, and that all are valid now.
 * @param chain issuer first, root last
 * @throws SignetError malformed-certificate
 */
export function checkAuthorityChain(
  authority: Certificate,
  chain: readonly Certificate[],
  nowSeconds: number,
): void {
  checkChainRoles(authority, chain);
  for (const [depth, { notBeforeSeconds, notAfterSeconds }] of [authority, ...chain].entries()) {
    if (notAfterSeconds < nowSeconds) throw refuse(`${nameAt(depth)} has expired.`);
    if (notBeforeSeconds > nowSeconds) throw refuse(`${nameAt(depth)} is not valid yet.`);
  }
}

/**
 * Checks that a CA certificate may sign certificates and CRLs, and that each of its issuers may
 * sign the certificate below it (RFC 5280 section 6.1.4 k to n), at any time. Every one of them has
 * a name (sections 4.1.2.4 and 4.1.2.6) and no critical extension that verifiers must refuse
 * (section 4.2).
 * @param chain issuer first, root last
 * @throws SignetError malformed-certificate
 */
export function checkChainRoles(authority: Certificate, chain: readonly Certificate[]): void {
  let intermediates = 0;
  for (const [depth, certificate] of [authority, ...chain].entries()) {
    const which = nameAt(depth);
    const { ca, pathLenConstraint, signsCertificates, signsCrls } = readRole(which, certificate);
    if (!ca) throw refuse(`${which} is not a CA: its basic constraints lack CA:TRUE.`);
    if (!signsCertificates) {
      throw refuse(`${which} may not sign certificates: its key usage lacks keyCertSign.`);
    }
    if (depth === 0 && !signsCrls) {
      throw refuse(`${which} may not sign CRLs: its key usage lacks cRLSign.`);
    }
    checkNameAndExtensions(which, certificate);
    if (depth > 0 && pathLenConstraint !== null && pathLenConstraint < intermediates) {
      throw refuse(`${which} has a path length that allows fewer CAs than the chain has below it.`);
    }
    if (!isSelfIssued(certificate)) intermediates++;
  }
}

function nameAt(depth: number): string {
  return depth === 0 ? 'The CA certificate' : `Issuer ${depth} of the CA certificate`;
}

function checkNameAndExtensions(which: string, { subjectDer, extensions }: Certificate): void {
  if (isEmptyName(subjectDer)) {
    throw refuse(
      `${which} has an empty subject, but the certificates that a CA issues must name it (RFC 5280 sections 4.1.2.4 and 4.1.2.6).`,
    );
  }
  const unknown = findUnknownCriticalExtension(extensions);
  if (unknown !== null) {
    throw refuse(
      `${which} has the critical extension ${unknown}, which is unknown here: verifiers must refuse such a certificate (RFC 5280 section 4.2).`,
    );
  }
}

function readRole(which: string, { extensions }: Certificate) {
  try {
    // Certificates and CRLs that it issues name its key by this identifier.
    readSubjectKeyIdentifier(extensions);
    return {
      ...readBasicConstraints(extensions),
      signsCertificates: hasKeyUsage(extensions, 'keyCertSign'),
      signsCrls: hasKeyUsage(extensions, 'cRLSign'),
    };
  } catch (error) {
    throw refuseUnreadable(which, error);
  }
}

function refuse(message: string, cause?: unknown): SignetError {
  return new SignetError('malformed-certificate', message, {
    field: 'certificate',
    ...(cause === undefined ? {} : { cause }),
  });
}
