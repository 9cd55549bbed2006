import type { Caller } from '../access/caller.ts';
import { randomText, SMALL_LETTERS_AND_DIGITS } from '../access/random-text.ts';
import { findDeceptiveCharacter } from '../asn1/strings.ts';
import { SignetError } from '../errors.ts';
import { openIssuer } from '../issuance/last-gate.ts';
import { requireIssuer } from '../issuance/require-issuer.ts';
import type { ResolvedValidity } from '../issuance/validity.ts';
import type { Bounds } from '../policy/bounds.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import { canonicalizeName } from '../x509/names/name-comparison.ts';
import { encodeNameFromText, formatName } from '../x509/names/names.ts';
import { checkIssuance } from '../x509/path/chain-constraints.ts';
import type { Authority } from './authority.ts';
import { encodeLimits } from './ca-limits.ts';
import { resolveCaValidity } from './ca-validity.ts';
import { type CaContent, describeSigning, selfIssuer, signCaCertificate } from './certify-ca.ts';
import { type ChosenKey, chooseKey } from './choose-key.ts';
import { choosePartition } from './choose-partition.ts';
import { commitChange, expectUnchanged } from './commit-change.ts';
import { formatProfiles } from './format-profiles.ts';
import { makeCaRequest } from './make-request.ts';
import type { ManagementDependencies, NewAuthority } from './management.ts';
import type { IssuedCaCertificate } from './management-store.ts';
import type { AuthorityRecord } from './store.ts';

const MAX_NAME_CHARACTERS = 100;

/** @throws SignetError invalid-name */
export function checkAuthorityName(name: string): string {
  const isClean = name.trim() !== '' && findDeceptiveCharacter(name) === null;
  if (isClean && name.length <= MAX_NAME_CHARACTERS) return name;
  throw new SignetError(
    'invalid-name',
    `'name' must be 1 to ${MAX_NAME_CHARACTERS} characters without control or invisible characters.`,
    { field: 'name' },
  );
}

export function makeAuthorityId({ randomBytes }: Pick<ManagementDependencies, 'randomBytes'>) {
  return `ca-${randomText(randomBytes, SMALL_LETTERS_AND_DIGITS, 12)}`;
}

/** The row of a first generation, before it has a certificate. */
export function draftRecord(
  id: string,
  name: string,
  { principal }: Caller,
  { keySource, sealedKey, publicKeyIdHex }: ChosenKey,
  createdAtMs: number,
): AuthorityRecord {
  return {
    generationId: id,
    lineageId: id,
    isCurrent: true,
    name,
    accountId: principal.accountId,
    parentId: null,
    certificateDer: null,
    chainDer: [],
    above: [],
    revokedLinks: [],
    isOnHold: false,
    crossCertificateDer: null,
    requestDer: null,
    publicKeyIdHex,
    keySource,
    sealedKey,
    profilesJson: null,
    profilesSeal: null,
    policyId: null,
    acmeJson: null,
    acmeSeal: null,
    state: 'pending',
    createdAtMs,
    certifiedAtMs: createdAtMs,
  };
}

/**
 * Makes an authority: a root, an issuing CA below an authority here, or one that waits for its
 * certificate from a parent elsewhere. What the CAs above do not allow is refused before a key is
 * made.
 * @throws SignetError with the reason; nothing is recorded then
 */
export async function createAuthority(
  dependencies: ManagementDependencies,
  caller: Caller,
  authority: NewAuthority,
): Promise<AuthorityRecord> {
  const { authorities, clock } = dependencies;
  const { name, parent, key } = authority;
  const atMs = clock();
  checkAuthorityName(name);
  const subjectDer = encodeNameFromText(authority.subject);
  const limits = encodeLimits(authority.limits);
  const issuer = parent.kind === 'here' ? await authorities.openCurrent(parent.id) : null;
  if (issuer !== null) requireIssuer(issuer, Math.floor(atMs / 1000));
  const validity =
    parent.kind === 'elsewhere' ? null : resolveCaValidity(authority.validity, issuer, atMs);
  if (issuer !== null && validity !== null) checkBelow(issuer, subjectDer, limits, validity);

  const id = makeAuthorityId(dependencies);
  const chosen = await chooseKey(dependencies, { id, accountId: caller.principal.accountId }, key);
  const draft = {
    ...draftRecord(id, name, caller, chosen, atMs),
    ...(await formatProfiles(dependencies.sealer, id, authority.profiles ?? null)),
  };
  if (validity === null) {
    const requestDer = await makeCaRequest(chosen.signer, subjectDer, limits);
    const record = { ...draft, requestDer };
    await commitNew(dependencies, caller, atMs, {
      record,
      subjectDer,
      issuer: null,
      bounds: null,
      issued: [],
    });
    return record;
  }
  const crlPartition = issuer === null ? null : await choosePartition(dependencies, issuer);
  const { publicKey } = chosen.signer;
  const subjectKeyIdentifier = await deriveSubjectKeyIdentifier(publicKey);
  const content = { ...limits, subjectDer, publicKey, subjectKeyIdentifier };
  const { certificateDer, bounds } = await signCaCertificate(
    {
      issuer: issuer === null ? selfIssuer(content, chosen.signer) : openIssuer(issuer),
      kind: 'ca',
      content,
      validity,
      crlPartition,
    },
    describeSigning(dependencies, caller, atMs),
  );
  const record: AuthorityRecord = {
    ...draft,
    state: 'active',
    parentId: issuer?.generationId ?? null,
    certificateDer,
    chainDer: issuer === null ? [] : [issuer.certificateDer, ...issuer.chainDer],
  };
  const { publicKeyIdHex } = chosen;
  const issued = listIssued(id, issuer, { certificateDer, publicKeyIdHex, crlPartition });
  await commitNew(dependencies, caller, atMs, { record, subjectDer, issuer, bounds, issued });
  return record;
}

/** The certificate as the issuer's record has it; nothing for a certificate that signs itself. */
export function listIssued(
  authorityId: string,
  issuer: Authority | null,
  {
    certificateDer,
    publicKeyIdHex,
    crlPartition,
  }: Pick<IssuedCaCertificate, 'certificateDer' | 'publicKeyIdHex'> & {
    readonly crlPartition: number | null;
  },
): readonly IssuedCaCertificate[] {
  if (issuer === null || crlPartition === null) return [];
  return [
    {
      authorityId,
      issuerId: issuer.generationId,
      kind: 'sub-ca',
      certificateDer,
      publicKeyIdHex,
      partition: crlPartition,
    },
  ];
}

async function commitNew(
  dependencies: ManagementDependencies,
  caller: Caller,
  atMs: number,
  {
    record,
    subjectDer,
    issuer,
    bounds,
    issued,
  }: {
    readonly record: AuthorityRecord;
    readonly subjectDer: Uint8Array;
    readonly issuer: Authority | null;
    readonly bounds: Bounds | null;
    readonly issued: readonly IssuedCaCertificate[];
  },
): Promise<void> {
  const { generationId: id, keySource, publicKeyIdHex } = record;
  await commitChange(dependencies, caller, atMs, {
    deed: { kind: 'insert', record },
    issuer: issuer === null ? null : expectUnchanged(issuer),
    newCa: { publicKeyIdHex, lineageId: id, subjectKey: canonicalizeName(subjectDer) },
    bounds,
    issued,
    action: record.state === 'pending' ? 'authority.request' : 'authority.create',
    id,
    lineageId: id,
    detail: {
      subject: formatName(subjectDer),
      keySource,
      ...(issuer === null ? {} : { parent: issuer.generationId }),
    },
  });
}

/** @throws SignetError constraint-violated */
export function checkBelow(
  issuer: Authority,
  subjectDer: Uint8Array,
  limits: Pick<
    CaContent,
    'pathLenConstraint' | 'extendedKeyUsages' | 'policies' | 'nameConstraints'
  >,
  validity: ResolvedValidity,
): void {
  checkIssuance(issuer.issuers, {
    subjectDer,
    subjectAltNames: [],
    isCa: true,
    pathLenConstraint: limits.pathLenConstraint,
    extendedKeyUsages: limits.extendedKeyUsages,
    policies: limits.policies,
    nameConstraints: limits.nameConstraints,
    ...validity,
  });
}
