import { type NonceUse, nonceUsed } from '../access/nonces.ts';
import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import { type Authority, requireSigner } from '../authorities/authority.ts';
import { encodePublications } from '../authorities/publication-extensions.ts';
import { SignetError } from '../errors.ts';
import type { TakePartition } from '../lists/partitions.ts';
import { parseCsr } from '../x509/certificate/csr.ts';
import { encodeExtendedKeyUsages } from '../x509/certificate/extended-key-usages.ts';
import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeKeyUsage,
  type KeyUsageName,
} from '../x509/certificate/extensions.ts';
import {
  generateSerial,
  type RandomBytes,
  serialToHex,
} from '../x509/certificate/serial-number.ts';
import { encodeSigned } from '../x509/certificate/signed.ts';
import { readRequestedUsages } from '../x509/certificate/subordinate-request.ts';
import { type GeneralName, generalNameFromCommonName } from '../x509/names/general-names.ts';
import { checkSubjectName, findCommonName, formatName, isEmptyName } from '../x509/names/names.ts';
import { checkIssuance } from '../x509/path/chain-constraints.ts';
import { checkCertificateRequest } from './check-request.ts';
import { authorityKey } from './check-subordinate.ts';
import { encodeLeafTbs } from './encode-leaf.ts';
import type { IssuedSubordinate } from './issue-subordinate.ts';
import { chooseKeyUsages } from './key-usages.ts';
import { readLeafLimits } from './leaf-constraints.ts';
import { randomUuid } from './random-uuid.ts';
import { refuseDelegation } from './refuse-delegation.ts';
import type { SubordinateOutcome, SubordinateStore } from './subordinate-store.ts';
import { resolveValidity } from './validity.ts';

export interface IdentifiedLeafDependencies {
  readonly store: SubordinateStore;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly publicationUrl: string;
  readonly takePartition: TakePartition;
  /** The same as it is by now, after it was found to be another than the one held. */
  reopenAuthority(authority: Authority): Promise<Authority>;
}

export interface IdentifiedLeafRequest {
  /** The one that signs. */
  readonly authority: Authority;
  readonly csrDer: Uint8Array;
  /** What the record calls this kind of certificate. */
  readonly profile: 'cas-server' | 'cas-client' | 'cas-custom';
  /** Makes the subject out of the request's; null for that one. */
  readonly replaceSubject: ((requestedDer: Uint8Array) => Uint8Array) | null;
  /** Beside the request's, or with `onlyTheseNames` instead of them. */
  readonly subjectAltNames: readonly GeneralName[];
  readonly onlyTheseNames: boolean;
  /** See resolveValidity. */
  readonly validity: string;
  /** Dotted OIDs; null for those of the request, if it has any. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Null for what suits the key. */
  readonly keyUsages: readonly KeyUsageName[] | null;
  readonly principal: Principal;
  /** Used up in the batch that records the certificate. */
  readonly nonce: NonceUse;
  readonly request: RequestContext;
}

const BACKDATE_SECONDS = 300;
/** A limit of ours: longer than any leaf should live. */
const MAX_VALIDITY_DAYS = 3653;
/** A collision of 128 random bits means a broken source of them: do not go on for long. */
const MAX_SERIAL_ATTEMPTS = 3;

/**
 * Issues a leaf certificate that has an identifier (a UUID) beside its serial number, for exactly
 * the time that was asked for: checks, signs, records, and only then answers.
 * @throws SignetError with the reason; no certificate is let out then
 */
export function createIdentifiedLeafIssuer(dependencies: IdentifiedLeafDependencies) {
  const { store, clock, randomBytes, publicationUrl, takePartition } = dependencies;

  return async function issueIdentifiedLeaf(
    asked: IdentifiedLeafRequest,
  ): Promise<IssuedSubordinate> {
    try {
      return await issueBy(asked);
    } catch (error) {
      if (!(error instanceof SignetError) || error.code !== 'authority-unavailable') throw error;
      // Elsewhere it may have got another key or certificate meanwhile.
      const authority = await dependencies.reopenAuthority(asked.authority);
      if (authority.certificateSha256Hex === asked.authority.certificateSha256Hex) throw error;
      return issueBy({ ...asked, authority });
    }
  };

  async function issueBy(asked: IdentifiedLeafRequest): Promise<IssuedSubordinate> {
    const { authority } = asked;
    const signer = requireSigner(authority);
    const nowMs = clock();
    const content = await checkRequest(asked, Math.floor(nowMs / 1000));
    const { checked, validity } = content;
    const crlPartition = await takePartition(authority.id);
    if (crlPartition === null) throw refusalOf('authority-changed');
    const tailDer = [
      encodeAuthorityKeyIdentifier(authority.subjectKeyIdentifier),
      ...encodePublications(publicationUrl, authority.id, crlPartition),
    ];
    const template = { ...content.template, tailDer };
    const identifier = randomUuid(randomBytes);
    const subject = formatName(checked.csr.subjectDer);

    let outcome: SubordinateOutcome = 'serial-taken';
    for (let attempt = 0; attempt < MAX_SERIAL_ATTEMPTS && outcome === 'serial-taken'; attempt++) {
      const serial = generateSerial(randomBytes);
      const serialHex = serialToHex(serial);
      const tbsDer = await encodeLeafTbs(authority, signer, template, checked, serial, validity);
      const certificateDer = encodeSigned(
        tbsDer,
        signer.signatureAlgorithmDer,
        await signer.sign(tbsDer),
      );
      const { accountId, actor, grant } = asked.principal;
      outcome = await store.commitSubordinate({
        certificate: {
          authorityId: authority.id,
          serialHex,
          subject,
          publicKeyIdHex: checked.publicKeyIdHex,
          certificateDer,
          profile: asked.profile,
          origin: 'cas',
          accountId,
          ...validity,
          issuedAtMs: nowMs,
        },
        issuerCertificateSha256Hex: authority.certificateSha256Hex,
        crlPartition,
        identifier,
        instanceId: null,
        nonce: asked.nonce,
        grant,
        audit: {
          atMs: nowMs,
          accountId,
          actor,
          action: 'certificate.issue',
          outcome: 'done',
          authorityId: authority.id,
          target: serialHex,
          detail: { subject, profile: asked.profile },
          request: asked.request,
        },
      });
      if (outcome === 'committed') {
        const chainDer = [authority.certificateDer, ...authority.chainDer];
        return { serialHex, identifier, certificateDer, chainDer, ...validity };
      }
    }
    throw refusalOf(outcome);
  }

  async function checkRequest(asked: IdentifiedLeafRequest, nowSeconds: number) {
    const { authority } = asked;
    const limits = readLeafLimits(authority);
    if (nowSeconds < limits.notBeforeSeconds || nowSeconds > limits.notAfterSeconds) {
      throw new SignetError(
        'authority-unavailable',
        'The authority cannot sign: its certificate is not valid now.',
        { cause: `the certificate of authority '${authority.id}' is outside its validity` },
      );
    }
    const validity = resolveValidity(asked.validity, {
      nowSeconds,
      backdateSeconds: BACKDATE_SECONDS,
      issuerNotBeforeSeconds: limits.notBeforeSeconds,
      issuerNotAfterSeconds: limits.notAfterSeconds,
      maxValidityDays: MAX_VALIDITY_DAYS,
    });
    const requested = parseCsr(asked.csrDer);
    const checkedRequest = await checkCertificateRequest(
      requested,
      requireSigner(authority).publicKey,
    );
    const subjectDer = asked.replaceSubject?.(requested.subjectDer) ?? requested.subjectDer;
    checkSubjectName(subjectDer);
    const subjectAltNames = joinNames(asked, checkedRequest.subjectAltNames, subjectDer);
    if (isEmptyName(subjectDer) && subjectAltNames.length === 0) {
      throw new SignetError('invalid-subject', 'The certificate would name nobody: name a host.', {
        field: 'subject',
      });
    }
    const checked = { ...checkedRequest, csr: { ...requested, subjectDer }, subjectAltNames };
    const extendedKeyUsages = asked.extendedKeyUsages ?? readRequestedUsages(requested.extensions);
    refuseDelegation(asked.principal, extendedKeyUsages);
    checkIssuance(authority.issuers, {
      subjectDer,
      subjectAltNames,
      isCa: false,
      pathLenConstraint: null,
      extendedKeyUsages,
      policies: null,
      nameConstraints: null,
      ...validity,
    });
    const keyUsageDer = encodeKeyUsage(
      asked.keyUsages ?? chooseKeyUsages(requested.publicKey.kind, extendedKeyUsages),
    );
    const template = {
      headDer: [
        encodeBasicConstraints(false),
        ...(extendedKeyUsages === null ? [] : [encodeExtendedKeyUsages(extendedKeyUsages)]),
      ],
      keyUsageDer: { rsa: keyUsageDer, ec: keyUsageDer, ed25519: keyUsageDer },
    };
    return { checked, template, validity };
  }
}

function joinNames(
  { subjectAltNames, onlyTheseNames }: IdentifiedLeafRequest,
  requested: readonly GeneralName[],
  subjectDer: Uint8Array,
): readonly GeneralName[] {
  const joined = onlyTheseNames ? subjectAltNames : [...requested, ...subjectAltNames];
  const names = new Map(joined.map((name) => [`${name.kind}:${name.value.toLowerCase()}`, name]));
  if (names.size > 0) return [...names.values()];
  const commonName = findCommonName(subjectDer);
  const derived = commonName === null ? null : generalNameFromCommonName(commonName);
  return derived === null ? [] : [derived];
}

function refusalOf(outcome: SubordinateOutcome): SignetError {
  if (outcome === 'nonce-used') return nonceUsed();
  if (outcome === 'authority-key') return authorityKey();
  if (outcome === 'key-blocked') {
    return new SignetError(
      'key-compromised',
      'This public key was revoked for compromise and is refused for ever: make a new key pair.',
      { field: 'csr' },
    );
  }
  return new SignetError(
    'authority-unavailable',
    'The authority cannot sign at this moment: try again.',
    { cause: `issuance ended as ${outcome}` },
  );
}
