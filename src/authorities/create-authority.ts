import { randomText, SMALL_LETTERS_AND_DIGITS } from '../access/random-text.ts';
import { SignetError } from '../errors.ts';
import { deriveSubjectKeyIdentifier } from '../x509/keys/public-key.ts';
import { encodeNameFromText, formatName } from '../x509/names/names.ts';
import { checkIssuance } from '../x509/path/chain-constraints.ts';
import { type Authority, requireSigner } from './authority.ts';
import { type CaContent, signCaCertificate } from './ca-certificate.ts';
import { type EncodedLimits, encodeLimits } from './ca-limits.ts';
import { resolveCaValidity } from './ca-validity.ts';
import { type ChosenKey, chooseKey } from './choose-key.ts';
import { choosePartition } from './choose-partition.ts';
import { commitChange, expectUnchanged } from './commit-change.ts';
import { formatProfiles } from './format-profiles.ts';
import { makeCaRequest } from './make-request.ts';
import type { Asking, ManagementDependencies, NewAuthority } from './management.ts';
import type { AuthorityRecord } from './store.ts';

const MAX_NAME_CHARACTERS = 100;

/** @throws SignetError invalid-name */
export function checkAuthorityName(name: string): string {
  if (name.trim() !== '' && name.length <= MAX_NAME_CHARACTERS && !/\p{Cc}/u.test(name)) {
    return name;
  }
  throw new SignetError(
    'invalid-name',
    `'name' must be 1 to ${MAX_NAME_CHARACTERS} characters without control characters.`,
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
  { principal }: Asking,
  { keySource, sealedKey, publicKeyIdHex }: ChosenKey,
  createdAtMs: number,
): AuthorityRecord {
  return {
    id,
    lineageId: id,
    isCurrent: true,
    name,
    accountId: principal.accountId,
    parentId: null,
    certificateDer: null,
    chainDer: [],
    crossCertificateDer: null,
    requestDer: null,
    publicKeyIdHex,
    keySource,
    sealedKey,
    profilesJson: null,
    state: 'pending',
    createdAtMs,
    certifiedAtMs: createdAtMs,
  };
}

/**
 * Makes an authority: a root, an issuing CA under an authority here, or one that waits for its
 * certificate from a parent elsewhere. What the CAs above do not allow is refused before a key is
 * made.
 * @throws SignetError with the reason; nothing is recorded then
 */
export async function createAuthority(
  dependencies: ManagementDependencies,
  asking: Asking,
  { name, subject, key, parent, validity, limits, profiles }: NewAuthority,
): Promise<AuthorityRecord> {
  const { authorities, clock } = dependencies;
  const atMs = clock();
  checkAuthorityName(name);
  const subjectDer = encodeNameFromText(subject);
  const encoded = encodeLimits(limits);
  const issuer = parent.kind === 'here' ? await authorities.openCurrent(parent.id) : null;
  if (issuer !== null) requireSigner(issuer);
  const time = parent.kind === 'elsewhere' ? null : resolveCaValidity(validity, issuer, atMs);
  if (issuer !== null && time !== null) checkBelow(issuer, subjectDer, encoded, time);

  const id = makeAuthorityId(dependencies);
  const chosen = await chooseKey(dependencies, id, key);
  const draft = {
    ...draftRecord(id, name, asking, chosen, atMs),
    profilesJson: formatProfiles(profiles ?? null),
  };
  const partition = issuer === null ? null : await choosePartition(dependencies, issuer);
  const record: AuthorityRecord =
    time === null
      ? { ...draft, requestDer: await makeCaRequest(chosen.signer, subjectDer, encoded) }
      : {
          ...draft,
          state: 'active',
          parentId: issuer?.id ?? null,
          certificateDer: await signNew(dependencies, issuer, chosen, subjectDer, encoded, {
            ...time,
            partition,
          }),
          chainDer: issuer === null ? [] : [issuer.certificateDer, ...issuer.chainDer],
        };
  const { certificateDer } = record;
  await commitChange(dependencies, asking, atMs, {
    deed: { kind: 'insert', record },
    issuer: issuer === null ? null : expectUnchanged(issuer),
    newKeyIdHex: chosen.publicKeyIdHex,
    issued:
      issuer === null || certificateDer === null || partition === null
        ? []
        : [
            {
              authorityId: id,
              issuerId: issuer.id,
              kind: 'sub-ca',
              certificateDer,
              publicKeyIdHex: chosen.publicKeyIdHex,
              partition,
            },
          ],
    action: time === null ? 'authority.request' : 'authority.create',
    id,
    lineageId: id,
    detail: {
      subject: formatName(subjectDer),
      keySource: record.keySource,
      ...(issuer === null ? {} : { parent: issuer.id }),
    },
  });
  return record;
}

type Time = ReturnType<typeof resolveCaValidity>;

/** @throws SignetError constraint-violated */
export function checkBelow(
  issuer: Authority,
  subjectDer: Uint8Array,
  limits: Omit<EncodedLimits, 'limitsDer'>,
  time: Time,
): void {
  checkIssuance(issuer.issuers, {
    subjectDer,
    subjectAltNames: [],
    isCa: true,
    pathLenConstraint: limits.pathLenConstraint,
    extendedKeyUsages: limits.extendedKeyUsages,
    policies: limits.policies,
    nameConstraints: limits.nameConstraints,
    ...time,
  });
}

async function signNew(
  { randomBytes, config }: ManagementDependencies,
  issuer: Authority | null,
  { signer }: ChosenKey,
  subjectDer: Uint8Array,
  { pathLenConstraint, limitsDer }: EncodedLimits,
  { partition, ...time }: Time & { readonly partition: number | null },
): Promise<Uint8Array> {
  const subjectKeyIdentifier = await deriveSubjectKeyIdentifier(signer.publicKey);
  const content: CaContent = {
    subjectDer,
    spkiDer: signer.publicKey.spkiDer,
    subjectKeyIdentifier,
    pathLenConstraint,
    limitsDer,
  };
  const options = { randomBytes, publicationUrl: config.publicationUrl, partition };
  const by =
    issuer === null
      ? { id: null, subjectDer, subjectKeyIdentifier, signer }
      : { ...issuer, signer: requireSigner(issuer) };
  return signCaCertificate(by, content, time, options);
}
