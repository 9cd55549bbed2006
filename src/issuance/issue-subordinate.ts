import { type NonceUse, nonceUsed } from '../access/nonces.ts';
import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import { type Authority, requireSigner } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import type { TakePartition } from '../lists/partitions.ts';
import {
  generateSerial,
  type RandomBytes,
  serialToHex,
} from '../x509/certificate/serial-number.ts';
import { encodeSigned } from '../x509/certificate/signed.ts';
import { formatName } from '../x509/names/names.ts';
import {
  authorityKey,
  checkSubordinateRequest,
  type SubordinateWishes,
} from './check-subordinate.ts';
import { encodeSubordinateTbs } from './encode-subordinate.ts';
import { randomUuid } from './random-uuid.ts';
import { refuseDelegation } from './refuse-delegation.ts';
import type { Origin } from './store.ts';
import type {
  SubordinateCommit,
  SubordinateOutcome,
  SubordinateStore,
} from './subordinate-store.ts';

export interface SubordinateDependencies {
  readonly store: SubordinateStore;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly publicationUrl: string;
  readonly takePartition: TakePartition;
}

export interface SubordinateIssuance extends SubordinateWishes {
  /** The one that signs. */
  readonly authority: Authority;
  /** What the record calls this kind of certificate. */
  readonly profile: 'external-sub-ca' | 'sub-ca';
  readonly origin: Origin;
  readonly principal: Principal;
  /** The instance that is used up, or null. */
  readonly instanceId: string | null;
  /** The nonce of the signed call, or null where the request came otherwise. */
  readonly nonce: NonceUse | null;
  readonly request: RequestContext;
}

export interface IssuedSubordinate {
  readonly serialHex: string;
  /** UUID. */
  readonly identifier: string;
  readonly certificateDer: Uint8Array;
  /** Issuer first, root last. */
  readonly chainDer: readonly Uint8Array[];
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** A collision of 128 random bits means a broken source of them: do not go on for long. */
const MAX_SERIAL_ATTEMPTS = 3;

/**
 * Issues the certificate of a CA below an authority: checks, signs, records, and only then answers.
 * Of a refusal nothing is recorded here.
 * @throws SignetError with the reason; no certificate is let out then
 */
export function createSubordinateIssuer(dependencies: SubordinateDependencies) {
  const { store, clock, randomBytes, publicationUrl, takePartition } = dependencies;

  return async function issueSubordinate(
    issuance: SubordinateIssuance,
  ): Promise<IssuedSubordinate> {
    const { authority } = issuance;
    const signer = requireSigner(authority);
    const nowMs = clock();
    const content = await checkSubordinateRequest(issuance, authority, Math.floor(nowMs / 1000));
    refuseDelegation(issuance.principal, content.extendedKeyUsages);
    const crlPartition = await takePartition(authority.id);
    if (crlPartition === null) throw refusalOf('authority-changed');
    const identifier = randomUuid(randomBytes);

    let outcome: SubordinateOutcome = 'serial-taken';
    for (let attempt = 0; attempt < MAX_SERIAL_ATTEMPTS && outcome === 'serial-taken'; attempt++) {
      const serial = generateSerial(randomBytes);
      const serialHex = serialToHex(serial);
      const tbsDer = await encodeSubordinateTbs(
        authority,
        signer,
        content,
        serial,
        publicationUrl,
        crlPartition,
      );
      const certificateDer = encodeSigned(
        tbsDer,
        signer.signatureAlgorithmDer,
        await signer.sign(tbsDer),
      );
      const { notBeforeSeconds, notAfterSeconds } = content;
      outcome = await store.commitSubordinate(
        describeCommit(
          issuance,
          {
            serialHex,
            subject: formatName(content.subjectDer),
            publicKeyIdHex: content.publicKeyIdHex,
            certificateDer,
            notBeforeSeconds,
            notAfterSeconds,
            issuedAtMs: nowMs,
          },
          { identifier, crlPartition },
        ),
      );
      if (outcome === 'committed') {
        const chainDer = [authority.certificateDer, ...authority.chainDer];
        return {
          serialHex,
          identifier,
          certificateDer,
          chainDer,
          notBeforeSeconds,
          notAfterSeconds,
        };
      }
    }
    throw refusalOf(outcome);
  };
}

function describeCommit(
  { authority, profile, origin, principal, instanceId, nonce, request }: SubordinateIssuance,
  issued: Omit<
    SubordinateCommit['certificate'],
    'authorityId' | 'profile' | 'origin' | 'accountId'
  >,
  given: Pick<SubordinateCommit, 'identifier' | 'crlPartition'>,
): SubordinateCommit {
  const { accountId, actor, grant } = principal;
  const { subject, serialHex, issuedAtMs } = issued;
  return {
    certificate: { ...issued, authorityId: authority.id, profile, origin, accountId },
    issuerCertificateSha256Hex: authority.certificateSha256Hex,
    ...given,
    instanceId,
    nonce,
    grant,
    audit: {
      atMs: issuedAtMs,
      accountId,
      actor,
      action: 'certificate.issue',
      outcome: 'done',
      authorityId: authority.id,
      target: serialHex,
      detail: { subject, profile, ...(instanceId === null ? {} : { instance: instanceId }) },
      request,
    },
  };
}

function refusalOf(outcome: SubordinateOutcome): SignetError {
  switch (outcome) {
    case 'nonce-used':
      return nonceUsed();
    case 'instance-used':
      return instanceUsed();
    case 'key-blocked':
      return new SignetError(
        'key-compromised',
        'This public key was revoked for compromise and is refused for ever: make a new key pair.',
        { field: 'csr' },
      );
    case 'authority-key':
      return authorityKey();
    default:
      return new SignetError(
        'authority-unavailable',
        'The authority cannot sign at this moment: try again.',
        { cause: `issuance ended as ${outcome}` },
      );
  }
}

export function instanceUsed(): SignetError {
  return new SignetError(
    'instance-used',
    'The instance was used before or given back: an instance is for one CA. Use another one.',
    { field: 'InstanceId' },
  );
}
