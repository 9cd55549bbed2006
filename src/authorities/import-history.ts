import type { Principal } from '../access/principal.ts';
import type { RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { EdgePurge } from '../revocation/edge-purge.ts';
import { type Authority, requireSigner } from './authority.ts';
import type { ImportedCertificate, ImportedCounts, ImportedHistory } from './history.ts';
import { readHistoryRow } from './read-history-row.ts';
import { readLastCrl } from './read-last-crl.ts';
import type { HistoryRow, HistoryStore } from './store.ts';

/** Later CRLs continue from the last number, which must stay exact as a JavaScript number. */
const MAX_CRL_NUMBER = 2 ** 52;

export interface HistoryDependencies {
  openAuthority(id: string): Promise<Authority>;
  readonly store: HistoryStore;
  readonly edge: EdgePurge;
  /** Unix ms. */
  readonly clock: () => number;
}

/**
 * Imports the certificates and revocations of a CA: certificates can then be revoked here, revoked ones
 * stay revoked, and CRL numbers continue from the last one. A history may come in parts, in any order;
 * importing it twice changes nothing.
 * @throws SignetError authority-not-found, authority-unavailable; invalid-parameter; malformed-certificate or malformed-crl
 *   for what this authority did not sign; unsupported-algorithm for the signature of the CRL;
 *   import-conflict
 */
export async function importHistory(
  { openAuthority, store, edge, clock }: HistoryDependencies,
  authorityId: string,
  history: ImportedHistory,
  principal: Principal,
  request: RequestContext,
): Promise<ImportedCounts> {
  const authority = await openAuthority(authorityId);
  // An authority without a signer may be the wrong one: its key does not match the record.
  requireSigner(authority);
  const importedAtMs = clock();
  checkSerials(history.certificates);
  const options = {
    uniqueSubject: history.uniqueSubject,
    nowSeconds: Math.floor(importedAtMs / 1000),
  };
  const entries: HistoryRow[] = [];
  for (const entry of history.certificates) {
    entries.push(await readHistoryRow(authority, entry, options));
  }
  const crl = history.crlDer === null ? null : await readLastCrl(authority, history.crlDer);
  const rows = crl === null ? entries : addListed(entries, crl.rows);
  const lastCrlNumber = findLastNumber(history.lastCrlNumber, crl?.number ?? null);

  const conflicts = await store.findConflicts(authority.generationId, rows, {
    grant: principal.grant,
    nowSeconds: options.nowSeconds,
  });
  if (conflicts.length > 0) {
    throw new SignetError(
      'import-conflict',
      `Other certificates are recorded here under these serial numbers: ${conflicts.slice(0, 5).join(', ')}.`,
      { field: 'certificates' },
    );
  }
  const counts = await store.commitHistory({
    authorityId: authority.generationId,
    accountId: principal.accountId,
    importedAtMs,
    rows,
    lastCrlNumber,
    grant: principal.grant,
    audit: {
      atMs: importedAtMs,
      accountId: principal.accountId,
      actor: principal.actor,
      action: 'certificate.import',
      outcome: 'done',
      authorityId: authority.generationId,
      target: authority.generationId,
      detail: {
        certificates: rows.length,
        revocations: rows.filter(({ revocation }) => revocation !== null).length,
        ...(lastCrlNumber === null ? {} : { lastCrlNumber }),
      },
      request,
    },
  });
  const ids = [authority.generationId];
  // A certificate that is recorded already may have become revoked.
  const ocsp = counts.revocations > 0 ? { ocspResponsesOf: ids } : {};
  await edge.purge({ listsOf: ids, ...ocsp }, request);
  return counts;
}

function checkSerials(certificates: readonly ImportedCertificate[]): void {
  const known = new Set<string>();
  for (const { serialHex } of certificates) {
    if (known.has(serialHex)) {
      throw new SignetError(
        'invalid-parameter',
        `The serial number ${serialHex} occurs twice among the certificates.`,
        { field: 'certificates' },
      );
    }
    known.add(serialHex);
  }
}

/** The CRL takes precedence over the index: what it revokes is revoked. */
function addListed(
  entries: readonly HistoryRow[],
  listed: readonly HistoryRow[],
): readonly HistoryRow[] {
  const rows = new Map(entries.map((row) => [row.serialHex, row]));
  for (const row of listed) {
    const entry = rows.get(row.serialHex);
    if (entry === undefined) rows.set(row.serialHex, row);
    else if (entry.revocation === null) {
      const { revocation } = row;
      rows.set(row.serialHex, { ...entry, revocation, uniqueSubject: null });
    }
  }
  return [...rows.values()];
}

function findLastNumber(given: number | null, listed: number | null): number | null {
  if (given === null && listed === null) return null;
  const number = Math.max(given ?? 0, listed ?? 0);
  if (Number.isSafeInteger(number) && number >= 0 && number <= MAX_CRL_NUMBER) return number;
  throw new SignetError(
    'invalid-parameter',
    'The number of the last CRL must be a whole number up to 2^52.',
    { field: 'lastCrlNumber' },
  );
}
