import type { Caller } from '../access/caller.ts';
import type { CertificateIssuer } from '../issuance/certificate-draft.ts';
import { openIssuer } from '../issuance/last-gate.ts';
import type { ResolvedValidity } from '../issuance/validity.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { deriveSubjectKeyIdentifier, publicKeyId } from '../x509/keys/public-key.ts';
import { canonicalizeName } from '../x509/names/name-comparison.ts';
import { readIssuerConstraints } from '../x509/path/issuer-constraints.ts';
import { type Authority, makeGenerationId, requireSigner } from './authority.ts';
import { resolveCaValidity } from './ca-validity.ts';
import {
  type CaContent,
  type CaSigningOptions,
  describeSigning,
  readCaContent,
  selfIssuer,
  signCaCertificate,
} from './certify-ca.ts';
import { chooseKey, type KeyChoice } from './choose-key.ts';
import { choosePartition } from './choose-partition.ts';
import { commitChange, expectUnchanged, findChanged } from './commit-change.ts';
import { checkBelow, draftRecord, listIssued } from './create-authority.ts';
import type { ManagementDependencies } from './management.ts';
import type { IssuedCaCertificate } from './management-store.ts';
import { openParent } from './renew-authority.ts';
import type { AuthorityRecord } from './store.ts';

/**
 * Gives an authority a new key: a new generation with the same name takes over, and the old one only
 * signs the CRLs of its own certificates. The keys of a root certify each other, so that clients
 * trusting either key can build a path until the old certificate expires.
 * @throws SignetError with the reason
 */
export async function rekeyAuthority(
  dependencies: ManagementDependencies,
  caller: Caller,
  id: string,
  options: { readonly key: KeyChoice; readonly validity: string | null },
): Promise<AuthorityRecord> {
  const { authorities, store, clock } = dependencies;
  const atMs = clock();
  const old = await authorities.openCurrent(id);
  const parent = await openParent(dependencies, old);
  if (parent === null) requireSigner(old);
  const validity = resolveCaValidity(options.validity, parent, atMs);
  if (parent !== null) {
    checkBelow(parent, old.subjectDer, readIssuerConstraints(old.certificate), validity);
  }
  const generations = await store.listGenerations(old.generationId, null);
  const newId = makeGenerationId(old.lineageId, generations.length + 1);
  const chosen = await chooseKey(
    dependencies,
    { id: newId, accountId: old.accountId },
    options.key,
  );
  const { signer, publicKeyIdHex } = chosen;
  const content = readCaContent(
    old.certificate,
    await deriveSubjectKeyIdentifier(signer.publicKey),
    signer.publicKey,
  );
  const signing = describeSigning(dependencies, caller, atMs);
  const crlPartition = await choosePartition(dependencies, parent ?? old);
  const { certificateDer, bounds } = await signCaCertificate(
    {
      issuer: parent === null ? selfIssuer(content, signer) : openIssuer(parent),
      kind: 'ca',
      content,
      validity,
      crlPartition: parent === null ? null : crlPartition,
    },
    signing,
  );
  const issuers = [parseCertificate(certificateDer)];
  const issued =
    parent === null
      ? await crossCertify(
          old,
          {
            ...selfIssuer(content, signer),
            generationId: newId,
            lineageId: old.lineageId,
            policyId: old.policyId,
            accountId: old.accountId,
            issuers,
          },
          { content, validity, crlPartition, publicKeyIdHex },
          signing,
        )
      : listIssued(newId, parent, { certificateDer, publicKeyIdHex, crlPartition });
  const record: AuthorityRecord = {
    ...draftRecord(newId, old.name, caller, chosen, atMs),
    accountId: old.accountId,
    lineageId: old.lineageId,
    state: 'active',
    parentId: parent?.generationId ?? null,
    certificateDer,
    chainDer: parent === null ? [] : [parent.certificateDer, ...parent.chainDer],
  };
  await commitChange(dependencies, caller, atMs, {
    deed: { kind: 'succeed', from: expectUnchanged(old), record },
    issuer: parent === null ? null : expectUnchanged(parent),
    newCa: {
      publicKeyIdHex,
      lineageId: old.lineageId,
      subjectKey: canonicalizeName(old.subjectDer),
    },
    bounds,
    issued,
    action: 'authority.rekey',
    id: newId,
    lineageId: old.lineageId,
    detail: { from: old.generationId, keySource: chosen.keySource },
  });
  await dependencies.edge.purge(
    {
      certificatesOf: [...generations.map((generation) => generation.generationId), newId],
      listsOf: [old.lineageId],
    },
    caller.request,
  );
  return findChanged(dependencies, newId);
}

/** Of a generation that is not recorded yet: its row begins with this slot used up (see the store). */
const FIRST_PARTITION = 0;

/**
 * Certifies the new key by the old one and the old key by the new one, for the time in which both
 * certificates are valid (RFC 4210 section 4.4.1).
 */
async function crossCertify(
  old: Authority,
  successor: CertificateIssuer & { readonly generationId: string },
  next: {
    readonly content: CaContent;
    readonly validity: ResolvedValidity;
    /** The partition of the old generation's CRLs. */
    readonly crlPartition: number;
    readonly publicKeyIdHex: string;
  },
  signing: CaSigningOptions,
): Promise<readonly IssuedCaCertificate[]> {
  const validity: ResolvedValidity = {
    notBeforeSeconds: Math.max(next.validity.notBeforeSeconds, old.certificate.notBeforeSeconds),
    notAfterSeconds: Math.min(next.validity.notAfterSeconds, old.certificate.notAfterSeconds),
  };
  const oldContent = readCaContent(old.certificate, old.subjectKeyIdentifier);
  const certify = async (issuer: CertificateIssuer, content: CaContent, crlPartition: number) => {
    const asked = { issuer, kind: 'cross', content, validity, crlPartition } as const;
    return (await signCaCertificate(asked, signing)).certificateDer;
  };
  return [
    {
      authorityId: successor.generationId,
      issuerId: old.generationId,
      kind: 'cross',
      certificateDer: await certify(openIssuer(old), next.content, next.crlPartition),
      publicKeyIdHex: next.publicKeyIdHex,
      partition: next.crlPartition,
    },
    {
      authorityId: old.generationId,
      issuerId: successor.generationId,
      kind: 'cross',
      certificateDer: await certify(successor, oldContent, FIRST_PARTITION),
      publicKeyIdHex: await publicKeyId(oldContent.publicKey),
      partition: FIRST_PARTITION,
    },
  ];
}
