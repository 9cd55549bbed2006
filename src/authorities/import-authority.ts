import type { Caller } from '../access/caller.ts';
import { equalBytes, sha256Hex } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { parseCsr } from '../x509/certificate/csr.ts';
import { readSubjectKeyIdentifier } from '../x509/certificate/extensions.ts';
import { type PublicKey, parsePublicKey } from '../x509/keys/public-key.ts';
import { canonicalizeName, isSameName } from '../x509/names/name-comparison.ts';
import { formatName } from '../x509/names/names.ts';
import { authorityNotFound } from './authority-not-found.ts';
import { chooseKey } from './choose-key.ts';
import { commitChange, findChanged, purgeCertificates } from './commit-change.ts';
import { checkAuthorityName, draftRecord, makeAuthorityId } from './create-authority.ts';
import { formatProfiles } from './format-profiles.ts';
import { importChain } from './import-chain.ts';
import type { ImportedCa, ManagementDependencies } from './management.ts';
import { requireGenerations } from './read-authorities.ts';
import type { AuthorityRecord } from './store.ts';

/**
 * Imports an existing CA: its key and its certificate with the chain up to the root.
 * @throws SignetError malformed-certificate, malformed-key, import-conflict
 */
export async function importAuthority(
  dependencies: ManagementDependencies,
  caller: Caller,
  ca: ImportedCa,
): Promise<AuthorityRecord> {
  const atMs = dependencies.clock();
  checkAuthorityName(ca.name);
  const id = makeAuthorityId(dependencies);
  const chosen = await chooseKey(
    dependencies,
    { id, accountId: caller.principal.accountId },
    ca.key,
  );
  const { certificate, chain } = await importChain(
    ca.chainPem,
    chosen.signer.publicKey,
    Math.floor(atMs / 1000),
  );
  const record: AuthorityRecord = {
    ...draftRecord(id, ca.name, caller, chosen, atMs),
    ...(await formatProfiles(dependencies.sealer, id, ca.profiles ?? null)),
    state: 'active',
    certificateDer: certificate.certificateDer,
    chainDer: chain.map(({ certificateDer }) => certificateDer),
  };
  await commitChange(dependencies, caller, atMs, {
    deed: { kind: 'insert', record },
    issuer: null,
    newCa: {
      publicKeyIdHex: chosen.publicKeyIdHex,
      lineageId: id,
      subjectKey: canonicalizeName(certificate.subjectDer),
    },
    bounds: null,
    issued: [],
    action: 'authority.import',
    id,
    lineageId: id,
    detail: { subject: formatName(certificate.subjectDer), keySource: chosen.keySource },
  });
  return record;
}

/**
 * Takes a certificate from a parent elsewhere: the first one, for a CSR made here, or the next one for
 * the same key.
 * @throws SignetError authority-not-found; in-use if the certificate is issued here;
 *   malformed-certificate
 */
export async function completeAuthority(
  dependencies: ManagementDependencies,
  caller: Caller,
  id: string,
  chainPem: string,
): Promise<AuthorityRecord> {
  const atMs = dependencies.clock();
  const generations = await requireGenerations(dependencies, id, null);
  const current = generations.find(({ isCurrent }) => isCurrent);
  if (current === undefined) throw authorityNotFound(id);
  const { certificate, chain } = await importChain(
    chainPem,
    readKey(current),
    Math.floor(atMs / 1000),
  );
  await checkSuccessor(current, certificate);
  await commitChange(dependencies, caller, atMs, {
    deed: {
      kind: 'certify',
      id: current.generationId,
      fromSha256Hex:
        current.certificateDer === null ? null : await sha256Hex(current.certificateDer),
      certificateDer: certificate.certificateDer,
      chainDer: chain.map(({ certificateDer }) => certificateDer),
      parentId: null,
    },
    issuer: null,
    newCa: null,
    bounds: null,
    issued: [],
    action: 'authority.complete',
    id: current.generationId,
    lineageId: current.lineageId,
    detail: { subject: formatName(certificate.subjectDer), serial: certificate.serialHex },
  });
  await purgeCertificates(dependencies, current.generationId, caller.request);
  return findChanged(dependencies, current.generationId);
}

function readKey({ certificateDer, requestDer, parentId, chainDer }: AuthorityRecord): PublicKey {
  if (certificateDer === null && requestDer !== null) return parseCsr(requestDer).publicKey;
  if (certificateDer !== null && parentId === null && chainDer.length > 0) {
    return parsePublicKey(parseCertificate(certificateDer).spkiDer);
  }
  throw new SignetError(
    'in-use',
    'The certificate of this authority is issued here. Renew it instead of uploading one.',
  );
}

/** Certificates below name their issuer by subject and key identifier, so both must stay. */
async function checkSuccessor(
  { certificateDer, requestDer }: AuthorityRecord,
  next: ReturnType<typeof parseCertificate>,
): Promise<void> {
  const before =
    certificateDer !== null
      ? parseCertificate(certificateDer)
      : requestDer !== null
        ? parseCsr(requestDer)
        : null;
  if (before === null) return;
  if (!isSameName(before.subjectDer, next.subjectDer)) {
    throw refuse(`its subject is not ${formatName(before.subjectDer)}`);
  }
  if (certificateDer === null) return;
  // CertIDs of OCSP, and some verifiers, compare the bytes of the issuer's name.
  if (!equalBytes(before.subjectDer, next.subjectDer)) {
    throw refuse(
      'its subject is encoded in another way than before. Ask the issuer to copy the encoding of the old certificate',
    );
  }
  const old = readSubjectKeyIdentifier(before.extensions) ?? new Uint8Array();
  const renewed = readSubjectKeyIdentifier(next.extensions) ?? new Uint8Array();
  if (!equalBytes(old, renewed)) throw refuse('its subject key identifier is another one');
}

function refuse(reason: string): SignetError {
  return new SignetError(
    'malformed-certificate',
    `The certificate does not fit this authority: ${reason}. Certificates that it signed before would no longer verify.`,
    { field: 'certificate' },
  );
}
