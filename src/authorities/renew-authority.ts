import type { Caller } from '../access/caller.ts';
import { SignetError } from '../errors.ts';
import { openIssuer } from '../issuance/last-gate.ts';
import { requireIssuer } from '../issuance/require-issuer.ts';
import { publicKeyId } from '../x509/keys/public-key.ts';
import { type Authority, requireSigner } from './authority.ts';
import { resolveCaValidity } from './ca-validity.ts';
import { describeSigning, readCaContent, selfIssuer, signCaCertificate } from './certify-ca.ts';
import { choosePartition } from './choose-partition.ts';
import { commitChange, expectUnchanged, findChanged, purgeCertificates } from './commit-change.ts';
import { listIssued } from './create-authority.ts';
import type { ManagementDependencies } from './management.ts';
import type { AuthorityRecord } from './store.ts';

/**
 * Opens the parent of an authority that is to get another certificate; null for a root.
 * @throws SignetError in-use for an authority that is not active or whose parent is elsewhere;
 *   authority-unavailable
 */
export async function openParent(
  { authorities, clock }: Pick<ManagementDependencies, 'authorities' | 'clock'>,
  { parentId, chainDer, name, state }: Authority,
): Promise<Authority | null> {
  if (state !== 'active') {
    throw new SignetError(
      'in-use',
      `The authority is ${state}. Only an active one can be renewed or re-keyed.`,
    );
  }
  if (parentId !== null) {
    const parent = await authorities.openCurrent(parentId);
    requireIssuer(parent, Math.floor(clock() / 1000));
    return parent;
  }
  if (chainDer.length === 0) return null;
  throw new SignetError(
    'in-use',
    `The parent of "${name}" is not here. Have the certificate issued there and upload it.`,
  );
}

/**
 * Makes a new certificate for the same key, by the parent or, for a root, by itself. The id, the CRLs
 * and what was signed below stay as they are.
 * @throws SignetError with the reason
 */
export async function renewAuthority(
  dependencies: ManagementDependencies,
  caller: Caller,
  id: string,
  validityText: string | null,
): Promise<AuthorityRecord> {
  const { authorities, clock } = dependencies;
  const atMs = clock();
  const authority = await authorities.openCurrent(id);
  const parent = await openParent(dependencies, authority);
  const validity = resolveCaValidity(validityText, parent, atMs);
  const content = readCaContent(authority.certificate, authority.subjectKeyIdentifier);
  const crlPartition = parent === null ? null : await choosePartition(dependencies, parent);
  const { certificateDer, bounds } = await signCaCertificate(
    {
      issuer: parent === null ? selfIssuer(content, requireSigner(authority)) : openIssuer(parent),
      kind: 'ca',
      content,
      validity,
      crlPartition,
    },
    describeSigning(dependencies, caller, atMs),
  );
  const publicKeyIdHex = await publicKeyId(content.publicKey);
  await commitChange(dependencies, caller, atMs, {
    deed: {
      kind: 'certify',
      id: authority.generationId,
      fromSha256Hex: authority.certificateSha256Hex,
      certificateDer,
      chainDer: parent === null ? [] : [parent.certificateDer, ...parent.chainDer],
      parentId: parent?.generationId ?? null,
    },
    issuer: parent === null ? null : expectUnchanged(parent),
    newCa: null,
    bounds,
    issued: listIssued(authority.generationId, parent, {
      certificateDer,
      publicKeyIdHex,
      crlPartition,
    }),
    action: 'authority.renew',
    id: authority.generationId,
    lineageId: authority.lineageId,
    detail: { notAfterSeconds: validity.notAfterSeconds },
  });
  await purgeCertificates(dependencies, authority.generationId, caller.request);
  return findChanged(dependencies, authority.generationId);
}
