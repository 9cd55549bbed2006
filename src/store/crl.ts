import { SignetError } from '../errors.ts';
import type { CrlStore, StoredCrl } from '../revocation/store.ts';
import { sha256Hex } from '../x509/bytes.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import { type Row, readInteger, readIntegerOrNull, readText } from './row.ts';

/**
 * DER bytes in one row: a multiple of 3, so that each part's base64 stands alone, and 1.4 MB of it,
 * under D1's 2 MB for a value.
 */
const PART_BYTES = 3 * 350_000;

/** True within the batch that made ?2 the newest list: its hash tells it from another of that number. */
const IS_NEWEST = `EXISTS (
  SELECT 1 FROM crls WHERE crls.authority_id = ?1 AND crls.number = ?2 AND crls.sha256 = ?3)`;

export const CRL_SQL = {
  findRevision: 'SELECT revocation_revision FROM authorities WHERE id = ?1',
  findHead: `SELECT authorities.revocation_revision, crls.number, crls.revision, crls.this_update_s,
  crls.next_update_s
FROM authorities LEFT JOIN crls ON crls.authority_id = authorities.id
WHERE authorities.id = ?1`,
  findParts: `SELECT crl_parts.body
FROM crls
JOIN crl_parts ON crl_parts.authority_id = crls.authority_id AND crl_parts.number = crls.number
WHERE crls.authority_id = ?1
ORDER BY crl_parts.part`,
  listRevoked: `SELECT serial, revoked_at_s, reason, invalidity_date_s
FROM revocations WHERE authority_id = ?1 AND retired_in_crl IS NULL`,
  swapHead: `INSERT INTO crls
  (authority_id, number, sha256, revision, entries, this_update_s, next_update_s)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
WHERE ?2 = 1 OR EXISTS (SELECT 1 FROM crls WHERE authority_id = ?1)
ON CONFLICT (authority_id) DO UPDATE SET number = excluded.number, sha256 = excluded.sha256,
  revision = excluded.revision, entries = excluded.entries,
  this_update_s = excluded.this_update_s, next_update_s = excluded.next_update_s
WHERE crls.number = excluded.number - 1`,
  insertPart: `INSERT INTO crl_parts (authority_id, number, part, body)
SELECT ?1, ?2, ?4, ?5 WHERE ${IS_NEWEST}
ON CONFLICT (authority_id, number, part) DO NOTHING`,
  deleteOlderParts: `DELETE FROM crl_parts WHERE authority_id = ?1 AND number < ?2 AND ${IS_NEWEST}`,
  retireExpired: `UPDATE revocations SET retired_in_crl = ?2
WHERE authority_id = ?1 AND retired_in_crl IS NULL AND not_after_s < ?5 AND revision <= ?4
  AND ${IS_NEWEST}`,
  raiseNumber: `INSERT INTO crls
  (authority_id, number, sha256, revision, entries, this_update_s, next_update_s)
VALUES (?1, ?2, '', -1, 0, 0, 0)
ON CONFLICT (authority_id) DO UPDATE SET number = excluded.number, sha256 = excluded.sha256,
  revision = excluded.revision, entries = excluded.entries,
  this_update_s = excluded.this_update_s, next_update_s = excluded.next_update_s
WHERE crls.number < excluded.number`,
} as const;

export function createCrlStore(db: D1Database): CrlStore {
  return {
    async findRevision(authorityId) {
      const row = await readRecord(() =>
        db.prepare(CRL_SQL.findRevision).bind(authorityId).first<Row>(),
      );
      return row === null ? null : readInteger(row, 'revocation_revision');
    },

    async findCrl(authorityId) {
      const [heads, parts] = await readRecord(() =>
        db.batch<Row>([
          db.prepare(CRL_SQL.findHead).bind(authorityId),
          db.prepare(CRL_SQL.findParts).bind(authorityId),
        ]),
      );
      const head = heads?.results[0];
      if (head === undefined) throw unknownAuthority(authorityId);
      return {
        revision: readInteger(head, 'revocation_revision'),
        crl: readCrl(head, parts?.results ?? []),
        lastNumber: readIntegerOrNull(head, 'number') ?? 0,
      };
    },

    async listRevoked(authorityId) {
      const [revisions, rows] = await readRecord(() =>
        db.batch<Row>([
          db.prepare(CRL_SQL.findRevision).bind(authorityId),
          db.prepare(CRL_SQL.listRevoked).bind(authorityId),
        ]),
      );
      const revision = revisions?.results[0];
      if (revision === undefined) throw unknownAuthority(authorityId);
      return {
        revision: readInteger(revision, 'revocation_revision'),
        entries: (rows?.results ?? []).map((row) => ({
          serialHex: readText(row, 'serial'),
          revokedAtSeconds: readInteger(row, 'revoked_at_s'),
          reason: readInteger(row, 'reason'),
          invalidityDateSeconds: readIntegerOrNull(row, 'invalidity_date_s'),
        })),
      };
    },

    async commitCrl(authorityId, crl, entries) {
      const key = [authorityId, crl.number, await sha256Hex(crl.crlDer)];
      const [swapped] = await writeRecord(() =>
        db.batch([
          db
            .prepare(CRL_SQL.swapHead)
            .bind(...key, crl.revision, entries, crl.thisUpdateSeconds, crl.nextUpdateSeconds),
          ...cutParts(crl.crlDer).map((body, part) =>
            db.prepare(CRL_SQL.insertPart).bind(...key, part, body),
          ),
          db.prepare(CRL_SQL.deleteOlderParts).bind(...key),
          db.prepare(CRL_SQL.retireExpired).bind(...key, crl.revision, crl.thisUpdateSeconds),
        ]),
      );
      return wroteOne(swapped);
    },

    async raiseCrlNumber(authorityId, number) {
      await writeRecord(() => db.prepare(CRL_SQL.raiseNumber).bind(authorityId, number).run());
    },
  };
}

function readCrl(head: Row, parts: readonly Row[]): StoredCrl | null {
  if (parts.length === 0) return null;
  const bodies = parts.map((part) => readText(part, 'body'));
  return {
    number: readInteger(head, 'number'),
    revision: readInteger(head, 'revision'),
    thisUpdateSeconds: readInteger(head, 'this_update_s'),
    nextUpdateSeconds: readInteger(head, 'next_update_s'),
    crlDer: joinParts(bodies),
  };
}

function cutParts(crlDer: Uint8Array): string[] {
  const bodies: string[] = [];
  for (let start = 0; start < crlDer.length; start += PART_BYTES) {
    bodies.push(crlDer.subarray(start, start + PART_BYTES).toBase64());
  }
  return bodies;
}

function joinParts(bodies: readonly string[]): Uint8Array {
  // Every part but the last is full, so only the last one can be padded: joined they are one base64 text.
  return Uint8Array.fromBase64(bodies.join(''));
}

function unknownAuthority(authorityId: string): SignetError {
  return new SignetError('authority-not-found', `There is no authority '${authorityId}'.`);
}
