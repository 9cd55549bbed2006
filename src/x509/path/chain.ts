import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { Certificate } from '../certificate/certificate.ts';
import {
  hasKeyUsage,
  readBasicConstraints,
  readSubjectKeyIdentifier,
} from '../certificate/extensions.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import { parseSignatureAlgorithm, verifySignature } from '../keys/verify-signature.ts';

/** Longer than any chain in use; keeps the search bounded. */
const MAX_CHAIN_LENGTH = 8;

/**
 * The issuers of `subject` up to a self-issued root, found by name and signature among
 * `candidates`: issuer first, root last, empty where `subject` is itself the root.
 * @throws SignetError malformed-certificate where the chain does not reach a root
 */
export async function buildChain(
  subject: Certificate,
  candidates: readonly Certificate[],
): Promise<readonly Certificate[]> {
  const chain: Certificate[] = [];
  let current = subject;
  while (!isSelfIssued(current)) {
    const issuer = await findIssuer(current, candidates).catch((error: unknown) => {
      throw refuseUnreadable('A certificate of the chain', error);
    });
    if (issuer === null) {
      throw refuse('The chain does not reach a root: give every issuer up to the self-signed one.');
    }
    chain.push(issuer);
    if (chain.length > MAX_CHAIN_LENGTH) {
      throw refuse(`The chain is longer than ${MAX_CHAIN_LENGTH} certificates or runs in a loop.`);
    }
    current = issuer;
  }
  return chain;
}

async function findIssuer(
  subject: Certificate,
  candidates: readonly Certificate[],
): Promise<Certificate | null> {
  const { algorithm } = parseSignatureAlgorithm(subject.signatureAlgorithmDer);
  for (const candidate of candidates) {
    if (!equalBytes(candidate.subjectDer, subject.issuerDer)) continue;
    if (equalBytes(candidate.certificateDer, subject.certificateDer)) continue;
    if (parsePublicKey(candidate.spkiDer).kind !== algorithm.keyKind) continue;
    if (await isSignedBy(subject, candidate)) return candidate;
  }
  return null;
}

/** What parsers and platform throw at a key, an algorithm or an extension of others' making. */
function refuseUnreadable(which: string, error: unknown): SignetError {
  if (error instanceof SignetError) return error;
  return refuse(`${which} has a key, a signature or an extension that cannot be read.`, error);
}

/** Whether `issuer`'s key made the signature on `subject`. @throws SignetError unsupported-algorithm */
export function isSignedBy(subject: Certificate, issuer: Certificate): Promise<boolean> {
  return verifySignature(
    parsePublicKey(issuer.spkiDer),
    parseSignatureAlgorithm(subject.signatureAlgorithmDer),
    subject.tbsDer,
    subject.signature,
  );
}

/** RFC 5280 section 3.2: issuer and subject are the same name. */
export function isSelfIssued(certificate: Certificate): boolean {
  return equalBytes(certificate.issuerDer, certificate.subjectDer);
}

/**
 * Checks what a CA certificate needs to sign certificates and CRLs here, and each of its issuers to
 * sign it (RFC 5280 section 6.1.4: k to n).
 * @param chain issuer first, root last
 * @throws SignetError malformed-certificate
 */
export function checkAuthorityChain(
  authority: Certificate,
  chain: readonly Certificate[],
  nowSeconds: number,
): void {
  let intermediates = 0;
  for (const [depth, certificate] of [authority, ...chain].entries()) {
    const which = depth === 0 ? 'The CA certificate' : `Issuer ${depth} of the CA certificate`;
    const { ca, pathLenConstraint, signsCertificates, signsCrls } = readRole(which, certificate);
    if (!ca) throw refuse(`${which} is not a CA: its basic constraints lack CA:TRUE.`);
    if (!signsCertificates) {
      throw refuse(`${which} may not sign certificates: its key usage lacks keyCertSign.`);
    }
    if (depth === 0 && !signsCrls) {
      throw refuse(`${which} may not sign revocation lists: its key usage lacks cRLSign.`);
    }
    if (certificate.notAfterSeconds < nowSeconds) throw refuse(`${which} has expired.`);
    if (certificate.notBeforeSeconds > nowSeconds) throw refuse(`${which} is not valid yet.`);
    if (depth > 0 && pathLenConstraint !== null && pathLenConstraint < intermediates) {
      throw refuse(`${which} allows fewer CAs below it than there are (path length).`);
    }
    if (!isSelfIssued(certificate)) intermediates++;
  }
}

function readRole(which: string, { extensions }: Certificate) {
  try {
    // Nothing that names its key by an identifier could be issued without it.
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
