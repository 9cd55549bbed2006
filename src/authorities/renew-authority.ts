import { SignetError } from '../errors.ts';
import { parsePublicKey, publicKeyId } from '../x509/keys/public-key.ts';
import { readIssuerConstraints } from '../x509/path/issuer-constraints.ts';
import { type Authority, requireSigner } from './authority.ts';
import { readCaContent, signCaCertificate } from './ca-certificate.ts';
import { resolveCaValidity } from './ca-validity.ts';
import { choosePartition } from './choose-partition.ts';
import { commitChange, expectUnchanged, findChanged } from './commit-change.ts';
import { checkBelow } from './create-authority.ts';
import type { Asking, ManagementDependencies } from './management.ts';
import type { AuthorityRecord } from './store.ts';

/** @throws SignetError in-use for an authority whose parent is elsewhere, authority-unavailable */
export async function openParent(
  { authorities }: Pick<ManagementDependencies, 'authorities'>,
  { parentId, chainDer, name, state }: Authority,
): Promise<Authority | null> {
  if (state !== 'active') {
    throw new SignetError('in-use', `The authority is ${state}: only an active one gets anything.`);
  }
  if (parentId !== null) {
    const parent = await authorities.openCurrent(parentId);
    requireSigner(parent);
    return parent;
  }
  if (chainDer.length === 0) return null;
  throw new SignetError(
    'in-use',
    `The parent of "${name}" is not here: have the certificate made there and upload it.`,
  );
}

/**
 * A new certificate for the same key, from the parent or, for a root, by itself: id, CRL and what
 * was signed below stay as they are.
 * @throws SignetError with the reason
 */
export async function renewAuthority(
  dependencies: ManagementDependencies,
  asking: Asking,
  id: string,
  validity: string | null,
): Promise<AuthorityRecord> {
  const { authorities, clock, randomBytes, config } = dependencies;
  const atMs = clock();
  const authority = await authorities.openCurrent(id);
  const parent = await openParent(dependencies, authority);
  const time = resolveCaValidity(validity, parent, atMs);
  const { certificate, subjectKeyIdentifier } = authority;
  if (parent !== null) {
    checkBelow(parent, authority.subjectDer, readIssuerConstraints(certificate), time);
  }
  const publicKeyIdHex = await publicKeyId(parsePublicKey(certificate.spkiDer));
  const partition = parent === null ? null : await choosePartition(dependencies, parent);
  const certificateDer = await signCaCertificate(
    parent === null
      ? { ...authority, id: null, signer: requireSigner(authority) }
      : { ...parent, signer: requireSigner(parent) },
    readCaContent(certificate, subjectKeyIdentifier),
    time,
    { randomBytes, publicationUrl: config.publicationUrl, partition },
  );
  await commitChange(dependencies, asking, atMs, {
    deed: {
      kind: 'certify',
      id: authority.id,
      fromSha256Hex: authority.certificateSha256Hex,
      certificateDer,
      chainDer: parent === null ? [] : [parent.certificateDer, ...parent.chainDer],
      parentId: parent?.id ?? null,
    },
    issuer: parent === null ? null : expectUnchanged(parent),
    newKeyIdHex: null,
    issued:
      parent === null || partition === null
        ? []
        : [
            {
              authorityId: authority.id,
              issuerId: parent.id,
              kind: 'sub-ca',
              certificateDer,
              publicKeyIdHex,
              partition,
            },
          ],
    action: 'authority.renew',
    id: authority.id,
    lineageId: authority.lineageId,
    detail: { notAfterSeconds: time.notAfterSeconds },
  });
  await dependencies.edge.purge({ certificatesOf: [authority.id] }, asking.request);
  return findChanged(dependencies, authority.id);
}
