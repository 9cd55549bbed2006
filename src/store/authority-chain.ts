import type { AuthorityAbove, RevokedLink } from '../authorities/store.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { type Row, readText } from './row.ts';

/**
 * The certificates in a column `links` that an authority here has revoked or put on hold, or that an
 * authority signed that is revoked itself. The argument is an SQL expression.
 */
export function revokedLinksSql<const Links extends string>(links: Links) {
  return `FROM json_each(${links}) AS link CROSS JOIN authorities AS signer
  LEFT JOIN revocations
    ON revocations.authority_id = signer.id AND revocations.serial = link.value ->> 1
  WHERE signer.public_key_id = link.value ->> 0
    AND (signer.state = 'revoked' OR revocations.serial IS NOT NULL)` as const;
}

/**
 * The SHA-256 of the certificates from an authority up to the last one here, separated by spaces.
 * NULL if the authority must not sign: one of these certificates, or one further above, is revoked or on
 * hold here, or an authority above is revoked. The argument is an SQL expression.
 */
export function signingChainSql<const Id extends string>(id: Id) {
  return `(
  WITH RECURSIVE line (parent_id, serial, links, chain) AS (
    SELECT lowest.parent_id, lowest.serial, lowest.links, lowest.certificate_sha256
    FROM authorities AS lowest WHERE lowest.id = ${id}
    UNION ALL
    SELECT above.parent_id, above.serial, above.links,
      line.chain || ' ' || above.certificate_sha256
    FROM line CROSS JOIN authorities AS above
    WHERE above.id = line.parent_id AND above.state <> 'revoked'
      AND NOT EXISTS (
        SELECT 1 FROM revocations
        WHERE revocations.authority_id = line.parent_id AND revocations.serial = line.serial))
  SELECT line.chain FROM line
  WHERE line.parent_id IS NULL AND NOT EXISTS (SELECT 1 ${revokedLinksSql('line.links')}))` as const;
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
    'elsewhere', json(member.chain), 'revokedLinks', json((
      SELECT json_group_array(json_array(link.key, revocations.reason))
      ${revokedLinksSql('member.links')})),
    'certifiedAtMs', member.certified_at_ms) ORDER BY line.depth)
  FROM line CROSS JOIN authorities AS member WHERE member.id = line.id) AS line` as const;

const HOLD = REVOCATION_REASONS.certificateHold;

export interface RecordedChain {
  readonly isOnHold: boolean;
  /** Nearest first. */
  readonly above: readonly AuthorityAbove[];
  /** Issuer first, root last. */
  readonly chainDer: readonly Uint8Array[];
  readonly revokedLinks: readonly RevokedLink[];
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
  const revokedLinks = readRevokedLinks(members);
  const ownLink = revokedLinks.find(({ depth }) => depth === 0);
  return {
    isOnHold: own.reason === HOLD || ownLink?.status === 'on-hold',
    above: others.map(readAbove),
    revokedLinks,
    chainDer: [...others.map((each) => readText(each, 'certificate')), ...elsewhere].map((der) =>
      Uint8Array.fromBase64(String(der)),
    ),
  };
}

/** Only the last authority here has a chain that ends elsewhere. */
function readRevokedLinks(members: readonly Row[]): readonly RevokedLink[] {
  const links: unknown = members.at(-1)?.revokedLinks;
  if (!Array.isArray(links)) throw new TypeError('column line has no links');
  return links.map((link) => {
    const [at, reason]: unknown[] = Array.isArray(link) ? link : [];
    return {
      depth: members.length - 1 + Number(at),
      status: reason === HOLD ? 'on-hold' : 'revoked',
    };
  });
}

function readAbove(member: Row): AuthorityAbove {
  const { revoked, reason, certifiedAtMs } = member;
  const isRevoked = revoked === 1 || (reason !== null && reason !== HOLD);
  return {
    generationId: readText(member, 'id'),
    name: readText(member, 'name'),
    certificateSha256Hex: readText(member, 'sha256'),
    status: isRevoked ? 'revoked' : reason === null ? 'good' : 'on-hold',
    certifiedAtMs: Number(certifiedAtMs),
  };
}
