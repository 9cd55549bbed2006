import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import { equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { RecordedCertificate } from '../issuance/store.ts';
import {
  decodeBase64url,
  type FlattenedJws,
  readJwsHeader,
  readJwsObject,
  verifyJws,
} from '../keys/jws.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { parseRevocationReason, type RevocationReason } from './reasons.ts';
import { type RevocationDependencies, type Revoked, revokeCertificate } from './revoke.ts';

export interface KeyProofDependencies extends RevocationDependencies {
  /** Returns every certificate with this serial, of all accounts. */
  findCertificates(serialHex: string): Promise<readonly RecordedCertificate[]>;
}

export interface KeyProof {
  readonly jws: FlattenedJws;
  /** The URLs that the header may contain: those of the endpoint, from the configuration. */
  readonly urls: readonly string[];
  readonly request: RequestContext;
}

export interface RevokedByKey extends Revoked {
  readonly certificate: RecordedCertificate;
  readonly reason: RevocationReason;
}

/**
 * The reasons that the holder of the key may give. Without one it is keyCompromise, because the proof
 * shows only that the sender has the key. certificateHold is not allowed, because a key alone cannot
 * release the certificate; the other reasons are for the CA to state.
 */
export const KEY_PROOF_REASONS: readonly RevocationReason[] = [
  'keyCompromise',
  'unspecified',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
];

/** The actor in the audit record. */
const ACTOR = 'key-proof';

/**
 * Revokes a certificate by proof of its private key, as in RFC 8555 section 7.6: a JWS by this key of
 * {certificate: base64url of DER, reason?}. It needs no nonce, because a replay finds the certificate
 * revoked already.
 * @throws SignetError malformed-request, invalid-parameter, malformed-certificate,
 *   certificate-not-found, unsupported-algorithm, invalid-signature, already-revoked
 */
export async function revokeByKey(
  dependencies: KeyProofDependencies,
  { jws, urls, request }: KeyProof,
): Promise<RevokedByKey> {
  const header = readJwsHeader(jws);
  if (!urls.includes(header.url)) {
    throw new SignetError('invalid-parameter', `'url' in the header must be ${urls[0]}.`, {
      field: 'protected',
    });
  }
  const { certificateDer, reason } = readPayload(jws);
  const { serialHex, spkiDer } = parseCertificate(certificateDer);
  const found = await dependencies.findCertificates(serialHex);
  const certificate = found.find(
    (each) => each.certificateDer !== null && equalBytes(each.certificateDer, certificateDer),
  );
  if (certificate === undefined) {
    throw new SignetError('certificate-not-found', 'This certificate was not issued here.', {
      field: 'certificate',
    });
  }
  // The certificate equals the recorded one byte for byte, so this is the recorded key.
  await verifyJws(parsePublicKey(spkiDer), header, jws);
  const revoked = await revokeCertificate(dependencies, {
    authorityId: certificate.authorityId,
    serialHex,
    reason,
    invalidityDateSeconds: null,
    principal: holderOf(certificate),
    request,
  });
  return { ...revoked, certificate, reason };
}

function holderOf({ accountId }: RecordedCertificate): Principal {
  return { accountId, actor: ACTOR, grant: null, policyId: null };
}

function readPayload(jws: FlattenedJws) {
  const { certificate, reason = 'keyCompromise', ...others } = readJwsObject(jws, 'payload');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new SignetError(
      'invalid-parameter',
      'The payload may contain only certificate and reason.',
      { field: 'payload' },
    );
  }
  if (typeof certificate !== 'string') {
    throw new SignetError(
      'missing-parameter',
      "The payload must contain 'certificate': base64url of its DER.",
      { field: 'certificate' },
    );
  }
  if (typeof reason !== 'string') {
    throw new SignetError('invalid-parameter', "'reason' must be the name of a reason.", {
      field: 'reason',
    });
  }
  return {
    certificateDer: decodeBase64url(certificate, 'certificate'),
    reason: parseRevocationReason(reason, KEY_PROOF_REASONS),
  };
}
