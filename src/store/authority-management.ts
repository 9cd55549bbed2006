import type {
  AuthorityChange,
  AuthorityDeed,
  AuthorityManagementStore,
  ChangeOutcome,
  IssuedCaCertificate,
} from '../authorities/management-store.ts';
import { REVOCATION_REASONS } from '../revocation/reasons.ts';
import { describeRecorded } from '../search/describe-recorded.ts';
import { listTerms } from '../search/terms.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { formatName } from '../x509/names/names.ts';
import { AUDIT_EVENT_SQL, eventValues, prepareEvent } from './audit-event.ts';
import { certificateValues, readAuthority, recordValues } from './authority.ts';
import { AUTHORITY_MANAGEMENT_SQL } from './authority-management-sql.ts';
import { CA_NAME_SQL } from './ca-name.ts';
import { readChangedRevocation } from './changed-revocation.ts';
import { readRecord, wroteOne } from './d1.ts';
import type { Database, PreparedStatement } from './database.ts';
import { grantValues, readGranted, writeGranted } from './grant.ts';
import { boundsValues, listLimits } from './policy-bounds.ts';
import { type Row, readText } from './row.ts';
import { SEARCH_TERM_SQL } from './search-terms.ts';

const SQL = AUTHORITY_MANAGEMENT_SQL;

/** @param defaultQuota the number of authorities that an account without its own quota may own */
export function createAuthorityManagementStore(
  db: Database,
  defaultQuota: number,
): AuthorityManagementStore {
  return {
    async listCurrent({ afterId, limit }, access) {
      const list = SQL.listCurrent.prepare(db, { afterId: afterId ?? '', limit });
      const [listed] = await readGranted(db, access, [list]);
      return (listed?.results ?? []).map(readAuthority);
    },

    async listGenerations(id, check) {
      const list = SQL.listGenerations.prepare(db, { id });
      const [listed] =
        check === null
          ? await readRecord(() => db.batch<Row>([list]))
          : await readGranted(db, check, [list]);
      return (listed?.results ?? []).map(readAuthority);
    },

    async listCrossCertificates(id) {
      const list = SQL.listCrossCertificates.prepare(db, { id });
      const { results } = await readRecord(() => list.all<Row>());
      return results.map((row) => Uint8Array.fromBase64(readText(row, 'certificate')));
    },

    async listBelow(id) {
      const { results } = await readRecord(() => SQL.listBelow.prepare(db, { id }).all<Row>());
      return results.map((row) => readText(row, 'id'));
    },

    async listIds() {
      const { results } = await readRecord(() => SQL.listIds.prepare(db, {}).all<Row>());
      return results.map((row) => readText(row, 'id'));
    },

    async commitChange(change) {
      const statements = [
        ...(await prepareDeed(db, change, defaultQuota)),
        ...change.issued.flatMap((issued) => prepareIssued(db, issued, change)),
        prepareEvent(db, change.audit),
        SQL.linkToSigner.prepare(db, { id: changedId(change.deed) }),
        ...prepareCounts(db, change),
        ...(await prepareTerms(db, change)),
        SQL.explain.prepare(db, {
          ...conditionValues(change),
          accountId: change.accountId,
          defaultQuota,
        }),
      ];
      const results = await writeGranted(db, change.check, statements);
      if (wroteOne(results[0])) return 'committed';
      return explain(change.deed, results.at(-1)?.results[0]);
    },

    async changeState(lineageId, from, to, check, audit) {
      const [changed] = await writeGranted(db, check, [
        SQL.changeState.prepare(db, { lineageId, from, to, ...grantValues(check) }),
        AUDIT_EVENT_SQL.afterChanges.prepare(db, eventValues(audit)),
      ]);
      return (changed?.meta.changes ?? 0) > 0;
    },

    async updateAuthority(lineageId, { profiles, policyId, acme }, check, audit) {
      const values = {
        lineageId,
        setsProfiles: profiles === null ? 0 : 1,
        profilesJson: profiles?.profilesJson ?? null,
        profilesSeal: profiles?.profilesSeal ?? null,
        setsPolicy: policyId === undefined ? 0 : 1,
        policyId: policyId ?? null,
        setsAcme: acme === null ? 0 : 1,
        acmeJson: acme?.acmeJson ?? null,
        acmeSeal: acme?.acmeSeal ?? null,
        ...grantValues(check),
      };
      const [updated, , state] = await writeGranted(db, check, [
        SQL.update.prepare(db, values),
        prepareEvent(db, audit),
        SQL.explainUpdate.prepare(db, values),
      ]);
      if (wroteOne(updated)) return 'updated';
      return state?.results[0]?.policy_found === 1 ? 'caller-bounded' : 'no-policy';
    },

    async revoke(lineageId, reason, check, audit) {
      const { atMs } = audit;
      const nowSeconds = Math.floor(atMs / 1000);
      const values = { lineageId, reason, atMs, nowSeconds, ...grantValues(check) };
      // The statements after the first two write only if the authority is revoked.
      const [revoked, , , , inserted] = await writeGranted(db, check, [
        SQL.revoke.prepare(db, values),
        AUDIT_EVENT_SQL.afterChanges.prepare(db, eventValues(audit)),
        SQL.markHeldStale.prepare(db, values),
        SQL.raiseRevisions.prepare(db, values),
        SQL.insertRevocations.prepare(db, values),
        SQL.deleteReleases.prepare(db, values),
        ...(reason === REVOCATION_REASONS.keyCompromise ? [SQL.blockKeys.prepare(db, values)] : []),
        SQL.disableBelow.prepare(db, values),
      ]);
      if ((revoked?.meta.changes ?? 0) === 0) return null;
      return (inserted?.results ?? []).map(readChangedRevocation);
    },
  };
}

/** The first statement decides; each later one depends on the one before having written its row. */
async function prepareDeed(
  db: Database,
  change: AuthorityChange,
  defaultQuota: number,
): Promise<PreparedStatement[]> {
  const { deed, audit } = change;
  const conditions = conditionValues(change);
  switch (deed.kind) {
    case 'insert':
      return [
        SQL.insert.prepare(db, {
          ...(await recordValues(deed.record)),
          ...conditions,
          defaultQuota,
        }),
        ...prepareName(db, change),
      ];
    case 'certify': {
      const { id, parentId, fromSha256Hex } = deed;
      const certificate = await certificateValues(deed);
      const values = { id, parentId, fromSha256Hex, atMs: audit.atMs, ...certificate };
      return [SQL.certify.prepare(db, { ...values, ...conditions })];
    }
    case 'succeed': {
      const { generationId: id, certificateSha256Hex: fromSha256Hex } = deed.from;
      return [
        SQL.retire.prepare(db, { id, fromSha256Hex, ...conditions }),
        SQL.insertSuccessor.prepare(db, await recordValues(deed.record)),
        SQL.takeFirstSlot.prepare(db, { id: deed.record.generationId }),
        ...prepareName(db, change),
      ];
    }
  }
}

/** The generation that has another certificate then. */
function changedId(deed: AuthorityDeed): string {
  return deed.kind === 'certify' ? deed.id : deed.record.generationId;
}

function prepareName(db: Database, { newCa }: AuthorityChange): PreparedStatement[] {
  return newCa === null ? [] : [CA_NAME_SQL.reserve.prepare(db, { ...newCa })];
}

function prepareIssued(
  db: Database,
  { authorityId, issuerId, kind, certificateDer, publicKeyIdHex, partition }: IssuedCaCertificate,
  { accountId, audit }: AuthorityChange,
): PreparedStatement[] {
  const { serialHex, subjectDer, notBeforeSeconds, notAfterSeconds } =
    parseCertificate(certificateDer);
  const values = {
    serialHex,
    issuerId,
    subject: formatName(subjectDer),
    publicKeyIdHex,
    certificate: certificateDer.toBase64(),
    kind,
    accountId,
    notBeforeSeconds,
    notAfterSeconds,
    atMs: audit.atMs,
    partition,
  };
  return [
    SQL.insertCertificate.prepare(db, values),
    SQL.insertLink.prepare(db, { authorityId, issuerId, serialHex, kind }),
  ];
}

/** What the CA certificates are found by. */
async function prepareTerms(
  db: Database,
  { issued }: AuthorityChange,
): Promise<PreparedStatement[]> {
  const rows = [];
  for (const { issuerId, kind, certificateDer } of issued) {
    const { serialHex, subjectDer } = parseCertificate(certificateDer);
    const recorded = { subject: formatName(subjectDer), profile: kind, certificateDer };
    const terms = JSON.stringify(listTerms(await describeRecorded(recorded)));
    rows.push({ serial: serialHex, authorityId: issuerId, terms });
  }
  return rows.length === 0 ? [] : [SEARCH_TERM_SQL.insert.prepare(db, rows)];
}

/** Of the CA certificates that count for the limits of policies. */
function prepareCounts(db: Database, { issued, bounds }: AuthorityChange): PreparedStatement[] {
  if (listLimits(bounds).length === 0) return [];
  return issued.map(({ issuerId, certificateDer }) => {
    const { serialHex, notAfterSeconds } = parseCertificate(certificateDer);
    const { policyLimits } = boundsValues(bounds, '');
    return SQL.countForPolicies.prepare(db, { issuerId, serialHex, notAfterSeconds, policyLimits });
  });
}

function explain({ kind }: AuthorityDeed, row: Row | undefined): ChangeOutcome {
  if (row?.key_blocked === 1) return 'key-blocked';
  if (row?.key_taken === 1) return 'key-taken';
  if (row?.name_taken === 1) return 'name-taken';
  if (row?.bounds_hold === 0) return 'policy-changed';
  if (row?.policy_full === 1) return 'policy-full';
  return kind === 'insert' && row?.quota_used === 1 ? 'quota-exceeded' : 'changed';
}

/** The values of the condition that every change carries. */
function conditionValues({ check, issuer, newCa, bounds, accountId }: AuthorityChange) {
  return {
    ...boundsValues(bounds, accountId),
    ...grantValues(check),
    issuerId: issuer?.generationId ?? null,
    issuerChainSha256Hex: issuer?.chainSha256Hex ?? null,
    newKeyIdHex: newCa?.publicKeyIdHex ?? null,
    newSubjectKey: newCa?.subjectKey ?? null,
    newLineageId: newCa?.lineageId ?? null,
  };
}
