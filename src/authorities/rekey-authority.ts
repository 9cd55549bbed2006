import {
  deriveSubjectKeyIdentifier,
  parsePublicKey,
  publicKeyId,
} from '../x509/keys/public-key.ts';
import { readIssuerConstraints } from '../x509/path/issuer-constraints.ts';
import { type Authority, generationId, requireSigner } from './authority.ts';
import {
  type CaContent,
  type CaIssuer,
  type CaValidity,
  readCaContent,
  signCaCertificate,
} from './ca-certificate.ts';
import { resolveCaValidity } from './ca-validity.ts';
import { type ChosenKey, chooseKey, type KeyChoice } from './choose-key.ts';
import { choosePartition } from './choose-partition.ts';
import { commitChange, expectUnchanged, findChanged } from './commit-change.ts';
import { checkBelow, draftRecord } from './create-authority.ts';
import type { Asking, ManagementDependencies } from './management.ts';
import type { IssuedCaCertificate } from './management-store.ts';
import { openParent } from './renew-authority.ts';
import type { AuthorityRecord } from './store.ts';

/**
 * Gives an authority a new key: a new generation of the same name takes over, the old one signs
 * only the lists of its own certificates. A root's keys certify each other, so that whoever trusts
 * either one finds the way to what the other signed, until the old root ends.
 * @throws SignetError with the reason
 */
export async function rekeyAuthority(
  dependencies: ManagementDependencies,
  asking: Asking,
  id: string,
  options: { readonly key: KeyChoice; readonly validity: string | null },
): Promise<AuthorityRecord> {
  const { authorities, store, clock } = dependencies;
  const atMs = clock();
  const old = await authorities.openCurrent(id);
  const parent = await openParent(dependencies, old);
  if (parent === null) requireSigner(old);
  const time = resolveCaValidity(options.validity, parent, atMs);
  if (parent !== null) {
    checkBelow(parent, old.subjectDer, readIssuerConstraints(old.certificate), time);
  }
  const generations = await store.listGenerations(old.id, null);
  const newId = generationId(old.lineageId, generations.length + 1);
  const chosen = await chooseKey(dependencies, newId, options.key);
  const subjectKeyIdentifier = await deriveSubjectKeyIdentifier(chosen.signer.publicKey);
  const successor = {
    id: newId,
    subjectDer: old.subjectDer,
    subjectKeyIdentifier,
    signer: chosen.signer,
  };
  const content = {
    ...readCaContent(old.certificate, subjectKeyIdentifier),
    spkiDer: chosen.signer.publicKey.spkiDer,
  };
  const sign: Sign = (issuer, of, validity, partition) =>
    signCaCertificate(issuer, of, validity, {
      randomBytes: dependencies.randomBytes,
      publicationUrl: dependencies.config.publicationUrl,
      partition,
    });
  const partition = await choosePartition(dependencies, parent ?? old);
  const certificateDer = await sign(
    parent === null ? { ...successor, id: null } : { ...parent, signer: requireSigner(parent) },
    content,
    time,
    parent === null ? null : partition,
  );
  const issued: readonly IssuedCaCertificate[] =
    parent === null
      ? await crossCertify({ ...old, partition }, successor, content, time, chosen, sign)
      : [
          {
            authorityId: newId,
            issuerId: parent.id,
            kind: 'sub-ca',
            certificateDer,
            publicKeyIdHex: chosen.publicKeyIdHex,
            partition,
          },
        ];
  const record: AuthorityRecord = {
    ...draftRecord(newId, old.name, asking, chosen, atMs),
    lineageId: old.lineageId,
    state: 'active',
    parentId: parent?.id ?? null,
    certificateDer,
    chainDer: parent === null ? [] : [parent.certificateDer, ...parent.chainDer],
  };
  await commitChange(dependencies, asking, atMs, {
    deed: { kind: 'succeed', from: expectUnchanged(old), record },
    issuer: parent === null ? null : expectUnchanged(parent),
    newKeyIdHex: chosen.publicKeyIdHex,
    issued,
    action: 'authority.rekey',
    id: newId,
    lineageId: old.lineageId,
    detail: { from: old.id, keySource: chosen.keySource },
  });
  await dependencies.edge.purge(
    {
      certificatesOf: [...generations.map((generation) => generation.id), newId],
      listsOf: [old.lineageId],
    },
    asking.request,
  );
  return findChanged(dependencies, newId);
}

/** Of a generation that is not recorded yet: its row begins with the slot used up (see the store). */
const FIRST_PARTITION = 0;

type Sign = (
  issuer: Omit<CaIssuer, 'id'> & { readonly id: string | null },
  of: CaContent,
  validity: CaValidity,
  partition: number | null,
) => Promise<Uint8Array>;

/** New by old and old by new, for the time that both live (RFC 4210 section 4.4.1). */
async function crossCertify(
  old: Authority & { readonly partition: number },
  successor: CaIssuer,
  content: CaContent,
  time: CaValidity,
  { publicKeyIdHex }: ChosenKey,
  sign: Sign,
): Promise<IssuedCaCertificate[]> {
  const both: CaValidity = {
    notBeforeSeconds: Math.max(time.notBeforeSeconds, old.certificate.notBeforeSeconds),
    notAfterSeconds: Math.min(time.notAfterSeconds, old.certificate.notAfterSeconds),
  };
  const oldContent = readCaContent(old.certificate, old.subjectKeyIdentifier);
  return [
    {
      authorityId: successor.id,
      issuerId: old.id,
      kind: 'cross',
      certificateDer: await sign(
        { ...old, signer: requireSigner(old) },
        content,
        both,
        old.partition,
      ),
      publicKeyIdHex,
      partition: old.partition,
    },
    {
      authorityId: old.id,
      issuerId: successor.id,
      kind: 'cross',
      certificateDer: await sign(successor, oldContent, both, FIRST_PARTITION),
      publicKeyIdHex: await publicKeyId(parsePublicKey(old.certificate.spkiDer)),
      partition: FIRST_PARTITION,
    },
  ];
}
