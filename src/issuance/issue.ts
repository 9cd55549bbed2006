import { type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import type { RequestContext } from '../audit/event.ts';
import { type Authority, requireSigner } from '../authorities/authority.ts';
import { authorityNotFound } from '../authorities/read-authorities.ts';
import { SignetError } from '../errors.ts';
import type { TakePartition } from '../lists/partitions.ts';
import { parseCsr } from '../x509/certificate/csr.ts';
import {
  generateSerial,
  type RandomBytes,
  serialToHex,
} from '../x509/certificate/serial-number.ts';
import { encodeSigned } from '../x509/certificate/signed.ts';
import { formatName, isEmptyName } from '../x509/names/names.ts';
import { type CertificateTemplate, encodeTemplate } from './certificate-template.ts';
import { checkCertificateRequest } from './check-request.ts';
import { encodeLeafTbs, type LeafValidity } from './encode-leaf.ts';
import { checkLeafConstraints, readLeafLimits } from './leaf-constraints.ts';
import type { Profile } from './profiles.ts';
import { refuseDelegation } from './refuse-delegation.ts';
import type { IssuanceOutcome, IssuanceStore, Origin } from './store.ts';

export interface IssuanceDependencies {
  readonly store: IssuanceStore;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly publicationUrl: string;
  readonly takePartition: TakePartition;
  /** The authority as it is now, where it is no longer what was opened. */
  reopenAuthority(authority: Authority): Promise<Authority>;
}

export interface IssuanceRequest {
  readonly authority: Authority;
  readonly csrDer: Uint8Array;
  readonly profile: string;
  readonly principal: Principal;
  readonly origin: Origin;
  /** Refuse a subject that has a valid certificate from this door (OpenSSL's unique_subject). */
  readonly uniqueSubject: boolean;
  readonly request: RequestContext;
}

export interface IssuedLeaf {
  /** The generation that signed. */
  readonly authorityId: string;
  readonly serialHex: string;
  readonly certificateDer: Uint8Array;
  /** Issuer first, root last. */
  readonly chainDer: readonly Uint8Array[];
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** A collision of 128 random bits means a broken source of them: do not go on for long. */
const MAX_SERIAL_ATTEMPTS = 3;

/**
 * Issues a leaf certificate: checks, signs, records, and only then answers.
 * @throws SignetError with the reason; no certificate is let out then
 */
export function createIssuer(dependencies: IssuanceDependencies) {
  /**
   * By authority and profile, each with what it was made of: an authority's own profile may change,
   * and the partition does with every 20,000 certificates.
   */
  const templates = new Map<
    string,
    {
      readonly profile: Profile;
      readonly partition: number;
      readonly template: CertificateTemplate;
    }
  >();

  function findTemplate(
    authority: Authority,
    profile: Profile,
    partition: number,
  ): CertificateTemplate {
    const key = `${authority.certificateSha256Hex}/${profile.name}`;
    const known = templates.get(key);
    if (known?.profile === profile && known.partition === partition) return known.template;
    const template = encodeTemplate(authority, profile, dependencies.publicationUrl, partition);
    templates.set(key, { profile, partition, template });
    return template;
  }

  /** The certificate, or why there is none: 'authority-changed' may be tried again. */
  async function issueBy(
    authority: Authority,
    issuance: IssuanceRequest,
  ): Promise<IssuedLeaf | IssuanceOutcome> {
    const { store, clock, randomBytes, profiles, takePartition } = dependencies;
    checkAccount(authority, issuance.principal);
    const profile = findProfile(authority.profiles ?? profiles, profiles, issuance);
    refuseDelegation(
      issuance.principal,
      profile.extendedKeyUsages.map((name) => EXTENDED_KEY_USAGE_OID[name]),
    );
    const signer = requireSigner(authority);
    const nowMs = clock();
    const validity = chooseValidity(authority, profile, Math.floor(nowMs / 1000));
    const checked = await checkCertificateRequest(parseCsr(issuance.csrDer), signer.publicKey);
    const { subjectDer } = checked.csr;
    const uniqueSubject =
      issuance.uniqueSubject && !isEmptyName(subjectDer) ? subjectDer.toBase64() : null;
    checkLeafConstraints(authority, profile, checked, validity);
    const crlPartition = await takePartition(authority.id);
    if (crlPartition === null) return 'authority-changed';
    const template = findTemplate(authority, profile, crlPartition);
    const subject = formatName(subjectDer);

    let outcome: IssuanceOutcome = 'serial-taken';
    for (let attempt = 0; attempt < MAX_SERIAL_ATTEMPTS && outcome === 'serial-taken'; attempt++) {
      const serial = generateSerial(randomBytes);
      const serialHex = serialToHex(serial);
      const tbsDer = await encodeLeafTbs(authority, signer, template, checked, serial, validity);
      const certificateDer = encodeSigned(
        tbsDer,
        signer.signatureAlgorithmDer,
        await signer.sign(tbsDer),
      );
      outcome = await store.commitIssuance({
        certificate: {
          authorityId: authority.id,
          serialHex,
          subject,
          publicKeyIdHex: checked.publicKeyIdHex,
          certificateDer,
          profile: profile.name,
          origin: issuance.origin,
          accountId: issuance.principal.accountId,
          ...validity,
          issuedAtMs: nowMs,
        },
        issuerCertificateSha256Hex: authority.certificateSha256Hex,
        crlPartition,
        uniqueSubject,
        grant: issuance.principal.grant,
        audit: {
          atMs: nowMs,
          accountId: issuance.principal.accountId,
          actor: issuance.principal.actor,
          action: 'certificate.issue',
          outcome: 'done',
          authorityId: authority.id,
          target: serialHex,
          detail: { subject, profile: profile.name },
          request: issuance.request,
        },
      });
      if (outcome === 'committed') {
        return {
          authorityId: authority.id,
          serialHex,
          certificateDer,
          chainDer: describeChain(authority),
          ...validity,
        };
      }
    }
    return outcome;
  }

  return async function issueCertificate(issuance: IssuanceRequest): Promise<IssuedLeaf> {
    let issued = await issueBy(issuance.authority, issuance);
    if (issued === 'authority-changed') {
      const authority = await dependencies.reopenAuthority(issuance.authority);
      issued = await issueBy(authority, issuance);
    }
    if (typeof issued === 'string') throw refusalOf(issued);
    return issued;
  };
}

/** @throws SignetError authority-not-found where it belongs to another account */
function checkAccount({ accountId, lineageId }: Authority, principal: Principal): void {
  if ([ROOT_ACCOUNT_ID, principal.accountId].includes(accountId)) return;
  if (principal.accountId !== ROOT_ACCOUNT_ID) throw authorityNotFound(lineageId);
}

/** The dialect of openssl-ca names no profile, so it is never left without one. */
function findProfile(
  offered: ReadonlyMap<string, Profile>,
  configured: ReadonlyMap<string, Profile>,
  { profile: name, origin }: IssuanceRequest,
): Profile {
  const profile = offered.get(name) ?? (origin === 'openssl-ca' ? configured.get(name) : undefined);
  if (profile !== undefined) return profile;
  throw new SignetError(
    'unknown-profile',
    `The authority has no such profile: use ${[...offered.keys()].join(', ')}.`,
    { field: 'profile' },
  );
}

/** A root whose key an older one certified goes with that: whoever trusts either finds the way. */
function describeChain({ certificateDer, chainDer, crossCertificateDer }: Authority) {
  return crossCertificateDer === null || chainDer.length > 0
    ? [certificateDer, ...chainDer]
    : [crossCertificateDer, certificateDer];
}

function chooseValidity(authority: Authority, profile: Profile, nowSeconds: number): LeafValidity {
  const certificate = readLeafLimits(authority);
  if (nowSeconds > certificate.notAfterSeconds || nowSeconds < certificate.notBeforeSeconds) {
    throw new SignetError(
      'authority-unavailable',
      'The authority cannot sign: its certificate is not valid now.',
      {
        cause: `the certificate of authority '${authority.id}' (CA_CERT or D1) is outside its validity`,
      },
    );
  }
  return {
    notBeforeSeconds: Math.max(nowSeconds - profile.backdateSeconds, certificate.notBeforeSeconds),
    notAfterSeconds: Math.min(
      nowSeconds + profile.validityDays * 86400,
      certificate.notAfterSeconds,
    ),
  };
}

function refusalOf(outcome: IssuanceOutcome): SignetError {
  switch (outcome) {
    case 'subject-held':
      return new SignetError(
        'subject-already-certified',
        'This subject has a certificate that is neither expired nor revoked: revoke it first.',
        { field: 'subject' },
      );
    case 'key-blocked':
      return new SignetError(
        'key-compromised',
        'This public key was revoked for compromise and is refused for ever: make a new key pair.',
        { field: 'csr' },
      );
    default:
      return new SignetError(
        'authority-unavailable',
        'The authority cannot sign at this moment: try again.',
        { cause: `issuance ended as ${outcome}` },
      );
  }
}
