import type { AuthorityRecord, AuthorityState, AuthorityStore } from '../authorities/store.ts';
import { sha256Hex } from '../bytes.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { eventParameters, INSERT_EVENT_AFTER_CHANGE } from './audit-event.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import { type Row, readInteger, readText, readTextOrNull } from './row.ts';

/**
 * What `readAuthority` reads of row `own`: a certificate that its issuer here revoked makes the
 * authority a revoked one, through whichever door that was done.
 */
export const AUTHORITY_COLUMNS = `own.id, own.lineage, own.current, own.name, own.account_id, own.parent_id,
  own.certificate, own.chain, own.request, own.public_key_id, own.key_source, own.private_key,
  CASE WHEN EXISTS (
    SELECT 1 FROM revocations
    WHERE revocations.authority_id = own.parent_id AND revocations.serial = own.serial
  ) THEN 'revoked' ELSE own.state END AS state,
  own.created_at_ms, own.certified_at_ms,
  (SELECT certificates.certificate FROM authority_certificates AS cross
   JOIN certificates
     ON certificates.serial = cross.serial AND certificates.authority_id = cross.issuer_id
   WHERE cross.authority_id = own.id AND cross.kind = 'cross'
   ORDER BY certificates.issued_at_ms DESC LIMIT 1) AS cross_certificate,
  (SELECT profiles FROM authorities AS first WHERE first.id = own.lineage) AS profiles`;

/** The columns that `recordParameters` fills, from parameter 1 on. */
export const INSERT_AUTHORITY_HEAD = `INSERT INTO authorities
  (id, lineage, current, name, account_id, parent_id, certificate, certificate_sha256, serial, chain,
   request, public_key_id, key_source, private_key, state, created_at_ms, certified_at_ms,
   profiles)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18`;
export const RECORD_PARAMETERS = 18;

export const AUTHORITY_SQL = {
  find: `SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS own WHERE own.id = ?1`,
  findCurrent: `SELECT ${AUTHORITY_COLUMNS}
FROM authorities AS named
JOIN authorities AS own ON own.lineage = named.lineage AND own.current = 1
WHERE named.id = ?1`,
  insert: `${INSERT_AUTHORITY_HEAD}
WHERE true
ON CONFLICT (id) DO NOTHING`,
  insertEvent: INSERT_EVENT_AFTER_CHANGE,
} as const;

export function createAuthorityStore(db: D1Database): AuthorityStore {
  async function find(sql: string, id: string): Promise<AuthorityRecord | null> {
    const row = await readRecord(() => db.prepare(sql).bind(id).first<Row>());
    return row === null ? null : readAuthority(row);
  }

  return {
    findAuthority: (id) => find(AUTHORITY_SQL.find, id),
    findCurrent: (id) => find(AUTHORITY_SQL.findCurrent, id),

    async createAuthority(record, audit) {
      const parameters = await recordParameters(record);
      const [inserted] = await writeRecord(() =>
        db.batch([
          db.prepare(AUTHORITY_SQL.insert).bind(...parameters),
          db.prepare(AUTHORITY_SQL.insertEvent).bind(...eventParameters(audit)),
        ]),
      );
      return wroteOne(inserted);
    },
  };
}

/** The parameters of `INSERT_AUTHORITY_HEAD`, in its order. */
export async function recordParameters(
  record: AuthorityRecord,
): Promise<(string | number | null)[]> {
  return [
    record.id,
    record.lineageId,
    record.isCurrent ? 1 : 0,
    record.name,
    record.accountId,
    record.parentId,
    ...(await certificateParameters(record)),
    record.requestDer?.toBase64() ?? null,
    record.publicKeyIdHex,
    record.keySource,
    record.sealedKey,
    record.state,
    record.createdAtMs,
    record.certifiedAtMs,
    record.profilesJson,
  ];
}

/** certificate, certificate_sha256, serial, chain. */
export async function certificateParameters({
  certificateDer,
  chainDer,
  parentId,
}: Pick<AuthorityRecord, 'certificateDer' | 'chainDer' | 'parentId'>): Promise<(string | null)[]> {
  const chain = JSON.stringify(chainDer.map((der) => der.toBase64()));
  if (certificateDer === null) return [null, null, null, chain];
  // The serial finds the revocation by an issuer here: there is none without one.
  const serialHex = parentId === null ? null : parseCertificate(certificateDer).serialHex;
  return [certificateDer.toBase64(), await sha256Hex(certificateDer), serialHex, chain];
}

const STATES: readonly AuthorityState[] = ['active', 'disabled', 'revoked', 'pending'];

export function readAuthority(row: Row): AuthorityRecord {
  const chain: unknown = JSON.parse(readText(row, 'chain'));
  if (!Array.isArray(chain)) throw new TypeError('column chain is not a JSON array');
  const state = readText(row, 'state');
  return {
    id: readText(row, 'id'),
    lineageId: readText(row, 'lineage'),
    isCurrent: readInteger(row, 'current') === 1,
    name: readText(row, 'name'),
    accountId: readText(row, 'account_id'),
    parentId: readTextOrNull(row, 'parent_id'),
    certificateDer: readBytesOrNull(row, 'certificate'),
    chainDer: chain.map((der) => Uint8Array.fromBase64(String(der))),
    crossCertificateDer: readBytesOrNull(row, 'cross_certificate'),
    requestDer: readBytesOrNull(row, 'request'),
    publicKeyIdHex: readTextOrNull(row, 'public_key_id'),
    keySource: readText(row, 'key_source'),
    sealedKey: readTextOrNull(row, 'private_key'),
    profilesJson: readTextOrNull(row, 'profiles'),
    // The column's CHECK allows no other state; what is not active must not sign.
    state: STATES.find((known) => known === state) ?? 'disabled',
    createdAtMs: readInteger(row, 'created_at_ms'),
    certifiedAtMs: readInteger(row, 'certified_at_ms'),
  };
}

function readBytesOrNull(row: Row, column: string): Uint8Array | null {
  const text = readTextOrNull(row, column);
  return text === null ? null : Uint8Array.fromBase64(text);
}
