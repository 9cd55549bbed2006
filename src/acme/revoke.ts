import { OID } from '../asn1/oids.ts';
import { equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { decodeBase64url } from '../keys/jws.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../revocation/reasons.ts';
import type { RevocationRequest, Revoked } from '../revocation/revoke.ts';
import { KEY_PROOF_REASONS } from '../revocation/revoke-by-key.ts';
import { type Certificate, parseCertificate } from '../x509/certificate/certificate.ts';
import { type GeneralName, parseSubjectAltName } from '../x509/names/general-names.ts';
import type { Identifier } from './acme-error.ts';
import { AcmeError } from './acme-error.ts';
import type { AcmeCall } from './call.ts';
import type { AcmeCertificateStore, RevocableCertificate } from './certificate-store.ts';

export interface AcmeRevocationDependencies {
  readonly store: AcmeCertificateStore;
  readonly revoke: (request: RevocationRequest) => Promise<Revoked>;
}

/** The payload of revokeCert. Fields of clients are not trusted to have the right type. */
export interface RevocationWish {
  readonly certificate: unknown;
  readonly reason: unknown;
}

/** The actor of a request that is signed by the certificate's own key. */
const KEY_ACTOR = 'key-proof';

/**
 * Revokes a certificate of the directory's authority (RFC 8555 section 7.6): for the account that ordered
 * it, for an account that holds authorizations for all its names, and for the holder of its key.
 * @returns its serial number
 * @throws AcmeError bad-revocation-reason; SignetError malformed-request, malformed-certificate,
 *   certificate-not-found, forbidden, already-revoked
 */
export async function revokeByAcme(
  { store, revoke }: AcmeRevocationDependencies,
  call: AcmeCall,
  wish: RevocationWish,
): Promise<string> {
  const reason = readReason(wish.reason);
  if (typeof wish.certificate !== 'string') {
    throw new SignetError(
      'malformed-request',
      "'certificate' must be base64url of the certificate's DER.",
      { field: 'certificate' },
    );
  }
  const certificateDer = decodeBase64url(wish.certificate, 'certificate');
  const parsed = parseCertificate(certificateDer);
  const { serialHex } = parsed;
  const names = readNames(parsed);
  const candidates = await store.findToRevoke(call, serialHex, names ?? []);
  const found = candidates.find(
    ({ certificate }) =>
      certificate.certificateDer !== null && equalBytes(certificate.certificateDer, certificateDer),
  );
  if (found === undefined) {
    throw new SignetError(
      'certificate-not-found',
      'The authority of this directory has not issued this certificate.',
      { field: 'certificate' },
    );
  }
  if (!mayRevoke(call, parsed, found, names !== null && names.length > 0)) {
    throw new SignetError(
      'forbidden',
      'The account has not ordered this certificate, and does not hold authorizations for all its names. The key of the certificate may sign the request, too.',
    );
  }
  const { authorityId, accountId } = found.certificate;
  await revoke({
    authorityId,
    serialHex,
    reason,
    invalidityDateSeconds: null,
    // The certificate's account: the rule of ACME above has decided.
    principal: { accountId, actor: call.account?.id ?? KEY_ACTOR, grant: null, policyId: null },
    request: call.request,
  });
  return serialHex;
}

function mayRevoke(
  { account, signer }: AcmeCall,
  { spkiDer }: Certificate,
  { isOwn, isAuthorized }: RevocableCertificate,
  hasNames: boolean,
): boolean {
  if (account === null) return equalBytes(signer.key.spkiDer, spkiDer);
  return isOwn || (hasNames && isAuthorized);
}

/** Returns the names, or null if the certificate has names of other kinds. */
function readNames({ extensions }: Certificate): readonly Identifier[] | null {
  const extension = extensions.get(OID.subjectAltName);
  const names = extension === undefined ? [] : parseSubjectAltName(extension.valueDer);
  const identifiers = names.map(toIdentifier).filter((name) => name !== null);
  return identifiers.length === names.length ? identifiers : null;
}

function toIdentifier({ kind, value }: GeneralName): Identifier | null {
  if (kind === 'dns') return { type: kind, value: value.toLowerCase() };
  return kind === 'ip' ? { type: kind, value } : null;
}

/** Clients send null for a field that they do not use. */
function readReason(value: unknown): RevocationReason {
  if (value === undefined || value === null) return 'unspecified';
  const reason = KEY_PROOF_REASONS.find((name) => REVOCATION_REASONS[name] === value);
  if (reason !== undefined) return reason;
  const known = KEY_PROOF_REASONS.map((name) => `${REVOCATION_REASONS[name]} (${name})`);
  throw new AcmeError('bad-revocation-reason', `'reason' must be one of ${known.join(', ')}.`, {
    field: 'reason',
  });
}
