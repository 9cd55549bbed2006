import { DerError } from '../asn1/der.ts';
import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import { encodePem, type PemBlock, PemError, parsePem } from '../asn1/pem.ts';
import type { Authority } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import { matchesPrivateKey } from '../keys/match-private-key.ts';
import { importSigner } from '../keys/signer.ts';
import { type Certificate, parseCertificate } from '../x509/certificate/certificate.ts';
import { readExtendedKeyUsages } from '../x509/certificate/extended-key-usages.ts';
import { hasKeyUsage } from '../x509/certificate/extensions.ts';
import { decodePrivateKeyPem } from '../x509/keys/pkcs8.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { parseSignatureAlgorithm } from '../x509/keys/verify-signature.ts';
import { isSameName } from '../x509/names/name-comparison.ts';
import { isSignedBy } from '../x509/path/chain.ts';

export interface UploadedResponder {
  /** Both PEM; the key not encrypted. */
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CheckedResponder {
  readonly authorityId: string;
  readonly certificate: Certificate;
  readonly pkcs8Der: Uint8Array;
}

/**
 * Checks that a certificate may sign OCSP responses (RFC 6960 section 4.2.2.2): one of `generations`
 * issued it directly, it has that usage, it is valid now, and the private key belongs to it.
 * @throws SignetError malformed-certificate, malformed-key, key-mismatch, weak-key, not-valid-now
 */
export async function readResponder(
  upload: UploadedResponder,
  generations: readonly Authority[],
  nowSeconds: number,
): Promise<CheckedResponder> {
  const certificate = readCertificate(upload.certificate);
  const issuer = await findIssuer(certificate, generations);
  checkUsages(certificate);
  if (certificate.notBeforeSeconds > nowSeconds || certificate.notAfterSeconds <= nowSeconds) {
    throw new SignetError('not-valid-now', 'The certificate is not valid at present.', {
      field: 'certificate',
    });
  }
  const publicKey = parsePublicKey(certificate.spkiDer);
  checkPublicKey(publicKey);
  const privateKey = await decodePrivateKeyPem(upload.privateKey);
  if (!(await matchesPrivateKey(privateKey, publicKey))) {
    throw new SignetError('key-mismatch', 'The private key does not belong to the certificate.', {
      field: 'privateKey',
    });
  }
  const { pkcs8Der } = privateKey;
  // A key that cannot sign must be refused now and not at the first response.
  await importSigner(encodePem('PRIVATE KEY', pkcs8Der));
  return { authorityId: issuer.generationId, certificate, pkcs8Der };
}

function readCertificate(pem: string): Certificate {
  let blocks: PemBlock[];
  try {
    blocks = parsePem(pem);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw refuse(`the PEM is broken: ${error.message}`);
  }
  const block = blocks.find(({ label }) => label === 'CERTIFICATE');
  if (block === undefined) throw refuse('it is not PEM');
  return parseCertificate(block.der);
}

function checkUsages({ extensions }: Certificate): void {
  const usages = readPart('its extended key usage', () => readExtendedKeyUsages(extensions)) ?? [];
  if (!usages.includes(EXTENDED_KEY_USAGE_OID.OCSPSigning)) {
    throw refuse('its extended key usage lacks OCSPSigning');
  }
  if (!readPart('its key usage', () => hasKeyUsage(extensions, 'digitalSignature'))) {
    throw refuse('its key usage lacks digitalSignature');
  }
}

async function findIssuer(
  certificate: Certificate,
  generations: readonly Authority[],
): Promise<Authority> {
  const { algorithm } = readPart('its signature algorithm', () =>
    parseSignatureAlgorithm(certificate.signatureAlgorithmDer),
  );
  for (const generation of generations) {
    if (!isSameName(generation.subjectDer, certificate.issuerDer)) continue;
    if (parsePublicKey(generation.certificate.spkiDer).kind !== algorithm.keyKind) continue;
    if (await isSignedBy(certificate, generation.certificate)) return generation;
  }
  throw refuse('it was not issued by a key of this authority');
}

/** parseCertificate does not decode these parts, so they may still be malformed. */
function readPart<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) throw refuse(`${what} cannot be read`, error);
    throw error;
  }
}

function refuse(reason: string, cause?: unknown): SignetError {
  return new SignetError(
    'malformed-certificate',
    `The certificate cannot sign OCSP responses: ${reason}.`,
    { field: 'certificate', ...(cause === undefined ? {} : { cause }) },
  );
}
