import { DEFAULT_ACME_SETTINGS } from '../src/authorities/acme-settings.ts';
import type { Authority } from '../src/authorities/authority.ts';
import type { AuthorityRecord } from '../src/authorities/store.ts';
import { sha256Hex } from '../src/bytes.ts';
import { SignetError } from '../src/errors.ts';
import type { Signer } from '../src/keys/signer.ts';
import { parseCertificate } from '../src/x509/certificate/certificate.ts';
import { readSubjectKeyIdentifier } from '../src/x509/certificate/extensions.ts';
import { deriveSubjectKeyIdentifier, parsePublicKey } from '../src/x509/keys/public-key.ts';

/** 2020-01-01. */
const MADE_AT_MS = 1_577_836_800_000;

/** An authority as an isolate holds it: a root of this certificate. It signs only with a signer. */
export async function makeAuthority(
  certificateDer: Uint8Array,
  signer: Signer | null,
  overrides: Partial<Authority> = {},
): Promise<Authority> {
  const certificate = parseCertificate(certificateDer);
  const { chainDer = [] } = overrides;
  const certificateSha256Hex = await sha256Hex(certificateDer);
  return {
    generationId: 'default',
    lineageId: 'default',
    name: 'default',
    accountId: 'root',
    state: 'active',
    parentId: null,
    certificate,
    certificateDer,
    certificateSha256Hex,
    chainSha256Hex: certificateSha256Hex,
    chainDer,
    issuers: [certificate, ...chainDer.map(parseCertificate)],
    crossCertificateDer: null,
    subjectDer: certificate.subjectDer,
    subjectKeyIdentifier:
      overrides.subjectKeyIdentifier ??
      readSubjectKeyIdentifier(certificate.extensions) ??
      (await deriveSubjectKeyIdentifier(parsePublicKey(certificate.spkiDer))),
    notAfterSeconds: certificate.notAfterSeconds,
    createdAtMs: MADE_AT_MS,
    certifiedAtMs: MADE_AT_MS,
    chainCertifiedAtMs: overrides.certifiedAtMs ?? MADE_AT_MS,
    profiles: null,
    policyId: null,
    acme: DEFAULT_ACME_SETTINGS,
    signing:
      signer === null
        ? { refusal: new SignetError('authority-unavailable', 'This authority has no key.') }
        : { signer },
    crlSigner: signer,
    ...overrides,
  };
}

/** The record of a root with its key in CA_KEY, without a certificate unless one is given. */
export function makeAuthorityRecord(overrides: Partial<AuthorityRecord> = {}): AuthorityRecord {
  const { generationId = 'default', createdAtMs = MADE_AT_MS } = overrides;
  return {
    generationId,
    lineageId: generationId,
    isCurrent: true,
    name: generationId,
    accountId: 'root',
    parentId: null,
    certificateDer: null,
    chainDer: [],
    above: [],
    revokedLinks: [],
    isOnHold: false,
    crossCertificateDer: null,
    requestDer: null,
    publicKeyIdHex: null,
    keySource: 'secret:CA_KEY',
    sealedKey: null,
    profilesJson: null,
    profilesSeal: null,
    policyId: null,
    acmeJson: null,
    acmeSeal: null,
    state: 'active',
    createdAtMs,
    certifiedAtMs: createdAtMs,
    ...overrides,
  };
}
