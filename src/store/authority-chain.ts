import type { AuthorityAbove } from '../authorities/store.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { type Row, readText } from './row.ts';

/**
 * The SHA-256 of the certificates from an authority up to the last one here, separated by spaces.
 * NULL if the authority must not sign: one of these certificates is revoked or on hold, or an
 * authority above is revoked. The argument is an SQL expression.
 */
export function signingChainSql<const Id extends string>(id: Id) {
  return `(
  WITH RECURSIVE line (parent_id, serial, chain) AS (
    SELECT lowest.parent_id, lowest.serial, lowest.certificate_sha256
    FROM authorities AS lowest WHERE lowest.id = ${id}
    UNION ALL
    SELECT above.parent_id, above.serial, line.chain || ' ' || above.certificate_sha256
    FROM line CROSS JOIN authorities AS above
    WHERE above.id = line.parent_id AND above.state <> 'revoked'
      AND NOT EXISTS (
        SELECT 1 FROM revocations
        WHERE revocations.authority_id = line.parent_id AND revocations.serial = line.serial))
  SELECT line.chain FROM line WHERE line.parent_id IS NULL)` as const;
}

/** The row `own` and the authorities above it here, lowest first, as JSON: see `readChain`. */
export const CHAIN_COLUMN = `(
  WITH RECURSIVE line (id, parent_id, serial, depth) AS (
    SELECT own.id, own.parent_id, own.serial, 0
    UNION ALL
    SELECT above.id, above.parent_id, above.serial, line.depth + 1
    FROM line CROSS JOIN authorities AS above WHERE above.id = line.parent_id)
  SELECT json_group_array(json_object(
    'id', member.id, 'name', member.name, 'revoked', member.state = 'revoked',
    'reason', (
      SELECT revocations.reason FROM revocations
      WHERE revocations.authority_id = line.parent_id AND revocations.serial = line.serial),
    'certificate', member.certificate, 'sha256', member.certificate_sha256,
    'elsewhere', json(member.chain), 'certifiedAtMs', member.certified_at_ms) ORDER BY line.depth)
  FROM line CROSS JOIN authorities AS member WHERE member.id = line.id) AS line` as const;

export interface RecordedChain {
  readonly isOnHold: boolean;
  /** Nearest first. */
  readonly above: readonly AuthorityAbove[];
  /** Issuer first, root last. */
  readonly chainDer: readonly Uint8Array[];
}

/** Composes the chain of an authority from the current certificates of the authorities above it. */
export function readChain(row: Row): RecordedChain {
  const line: unknown = JSON.parse(readText(row, 'line'));
  if (!Array.isArray(line)) throw new TypeError('column line is not a JSON array');
  const members: Row[] = line;
  const [own, ...others] = members;
  const elsewhere: unknown = members.at(-1)?.elsewhere;
  if (own === undefined || !Array.isArray(elsewhere)) {
    throw new TypeError('column line has no authority');
  }
  return {
    isOnHold: own.reason === REVOCATION_REASONS.certificateHold,
    above: others.map(readAbove),
    chainDer: [...others.map((each) => readText(each, 'certificate')), ...elsewhere].map((der) =>
      Uint8Array.fromBase64(String(der)),
    ),
  };
}

function readAbove(member: Row): AuthorityAbove {
  const { revoked, reason, certifiedAtMs } = member;
  const isRevoked =
    revoked === 1 || (reason !== null && reason !== REVOCATION_REASONS.certificateHold);
  return {
    generationId: readText(member, 'id'),
    name: readText(member, 'name'),
    certificateSha256Hex: readText(member, 'sha256'),
    status: isRevoked ? 'revoked' : reason === null ? 'good' : 'on-hold',
    certifiedAtMs: Number(certifiedAtMs),
  };
}
