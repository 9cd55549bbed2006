import { findPublicKeyId } from '../authorities/find-public-key-id.ts';
import type { AuthorityRecord, AuthorityState, AuthorityStore } from '../authorities/store.ts';
import { sha256Hex } from '../bytes.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { prepareEvent } from './audit-event.ts';
import { CHAIN_COLUMN, readChain, revokedLinksSql } from './authority-chain.ts';
import { CA_NAME_SQL, nameReservedSql } from './ca-name.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import type { Database } from './database.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';
import { type Statement, sql } from './sql.ts';

/**
 * The columns that `readAuthority` reads, of the row `own`. The state is 'revoked' if an authority
 * here has revoked its certificate, whichever operation revoked it.
 */
export const AUTHORITY_COLUMNS =
  `own.id, own.lineage, own.current, own.name, own.account_id, own.parent_id,
  own.certificate, own.request, own.public_key_id, own.key_source, own.private_key,
  CASE WHEN EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = own.parent_id AND revocations.serial = own.serial
  ) OR EXISTS (SELECT 1 ${revokedLinksSql('own.links')} AND link.key = 0) THEN 'revoked' ELSE own.state END AS state,
  own.created_at_ms, own.certified_at_ms, ${CHAIN_COLUMN},
  (SELECT certificates.certificate FROM authority_certificates AS cross
   JOIN certificates
     ON certificates.serial = cross.serial AND certificates.authority_id = cross.issuer_id
   WHERE cross.authority_id = own.id AND cross.kind = 'cross'
     AND NOT EXISTS (
       SELECT 1 FROM revocations
       WHERE revocations.authority_id = cross.issuer_id AND revocations.serial = cross.serial)
   ORDER BY certificates.issued_at_ms DESC LIMIT 1) AS cross_certificate,
  (SELECT profiles FROM authorities AS first WHERE first.id = own.lineage) AS profiles,
  (SELECT profiles_seal FROM authorities AS first WHERE first.id = own.lineage) AS profiles_seal,
  (SELECT policy_id FROM authorities AS first WHERE first.id = own.lineage) AS policy_id,
  (SELECT acme FROM authorities AS first WHERE first.id = own.lineage) AS acme,
  (SELECT acme_seal FROM authorities AS first WHERE first.id = own.lineage) AS acme_seal` as const;

/** The INSERT of an authority, to be followed by a WHERE clause. `recordValues` binds it. */
export const INSERT_AUTHORITY_HEAD = `INSERT INTO authorities
  (id, lineage, current, name, account_id, parent_id, certificate, certificate_sha256, serial, chain, links,
   request, public_key_id, key_source, private_key, state, created_at_ms, certified_at_ms,
   profiles, profiles_seal)
SELECT :id, :lineageId, :isCurrent, :name, :accountId, :parentId, :certificate,
  :certificateSha256, :serial, :chain, :links, :request, :publicKeyIdHex, :keySource, :sealedKey,
  :state, :createdAtMs, :certifiedAtMs, :profilesJson, :profilesSeal` as const;

export const AUTHORITY_SQL = {
  find: sql(`SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS own WHERE own.id = :id`),
  findCurrent: sql(`SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS named
JOIN authorities AS own ON own.lineage = named.lineage AND own.current = 1
WHERE named.id = :id`),
  insert: sql(`${INSERT_AUTHORITY_HEAD}
WHERE NOT ${nameReservedSql(':subjectKey', "COALESCE(:publicKeyIdHex, '')")}
ON CONFLICT (id) DO NOTHING`),
} as const;

export function createAuthorityStore(db: Database): AuthorityStore {
  async function find(statement: Statement<'id'>, id: string): Promise<AuthorityRecord | null> {
    const row = await readRecord(() => statement.prepare(db, { id }).first<Row>());
    return row === null ? null : readAuthority(row);
  }

  return {
    findAuthority: (id) => find(AUTHORITY_SQL.find, id),
    findCurrent: (id) => find(AUTHORITY_SQL.findCurrent, id),

    async createAuthority(record, subjectKey, audit) {
      const values = { ...(await recordValues(record)), subjectKey };
      const [inserted] = await writeRecord(() =>
        db.batch([
          AUTHORITY_SQL.insert.prepare(db, values),
          CA_NAME_SQL.reserve.prepare(db, values),
          prepareEvent(db, audit),
        ]),
      );
      return wroteOne(inserted);
    },
  };
}

/** The values of the parameters of `INSERT_AUTHORITY_HEAD`. */
export async function recordValues(record: AuthorityRecord) {
  const {
    generationId: id,
    lineageId,
    name,
    accountId,
    parentId,
    publicKeyIdHex,
    keySource,
    sealedKey,
  } = record;
  return {
    id,
    lineageId,
    isCurrent: record.isCurrent ? 1 : 0,
    name,
    accountId,
    parentId,
    ...(await certificateValues(record)),
    request: record.requestDer?.toBase64() ?? null,
    publicKeyIdHex,
    keySource,
    sealedKey,
    state: record.state,
    createdAtMs: record.createdAtMs,
    certifiedAtMs: record.certifiedAtMs,
    profilesJson: record.profilesJson,
    profilesSeal: record.profilesSeal,
  };
}

/** The values of the columns that describe the certificate. */
export async function certificateValues({
  certificateDer,
  chainDer,
  parentId,
}: Pick<AuthorityRecord, 'certificateDer' | 'chainDer' | 'parentId'>) {
  // Chains are composed from the rows of the authorities above (see readChain).
  const elsewhere = parentId === null ? chainDer : [];
  const chain = JSON.stringify(elsewhere.map((der) => der.toBase64()));
  if (certificateDer === null) {
    return { certificate: null, certificateSha256: null, serial: null, chain, links: '[]' };
  }
  return {
    certificate: certificateDer.toBase64(),
    certificateSha256: await sha256Hex(certificateDer),
    // The serial finds the revocation by the parent; without a parent here there is none.
    serial: parentId === null ? null : parseCertificate(certificateDer).serialHex,
    chain,
    links: JSON.stringify(await listLinks([certificateDer, ...elsewhere])),
  };
}

/** The key that signed each certificate but the last, and its serial number. */
async function listLinks(chainDer: readonly Uint8Array[]) {
  const [, ...issuers] = chainDer;
  return Promise.all(
    issuers.map(async (issuerDer, depth) => {
      const { serialHex } = parseCertificate(chainDer[depth] ?? issuerDer);
      return [await findPublicKeyId(parseCertificate(issuerDer)), serialHex] as const;
    }),
  );
}

const STATES: readonly AuthorityState[] = ['active', 'disabled', 'revoked', 'pending'];

export function readAuthority(row: Row): AuthorityRecord {
  const state = readText(row, 'state');
  return {
    generationId: readText(row, 'id'),
    lineageId: readText(row, 'lineage'),
    isCurrent: readInteger(row, 'current') === 1,
    name: readText(row, 'name'),
    accountId: readText(row, 'account_id'),
    parentId: readTextOrNull(row, 'parent_id'),
    certificateDer: readBytesOrNull(row, 'certificate'),
    ...readChain(row),
    crossCertificateDer: readBytesOrNull(row, 'cross_certificate'),
    requestDer: readBytesOrNull(row, 'request'),
    publicKeyIdHex: readTextOrNull(row, 'public_key_id'),
    keySource: readText(row, 'key_source'),
    sealedKey: readTextOrNull(row, 'private_key'),
    profilesJson: readTextOrNull(row, 'profiles'),
    profilesSeal: readTextOrNull(row, 'profiles_seal'),
    policyId: readTextOrNull(row, 'policy_id'),
    acmeJson: readTextOrNull(row, 'acme'),
    acmeSeal: readTextOrNull(row, 'acme_seal'),
    // The column's CHECK allows no other state. An authority that is not active must not sign.
    state: STATES.find((known) => known === state) ?? 'disabled',
    createdAtMs: readInteger(row, 'created_at_ms'),
    certifiedAtMs: readInteger(row, 'certified_at_ms'),
  };
}

function readBytesOrNull(row: Row, column: string): Uint8Array | null {
  const text = readTextOrNull(row, column);
  return text === null ? null : Uint8Array.fromBase64(text);
}
