import { markChecked } from '../access/grant.ts';
import type { GrantCheck } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type {
  IssuanceCommit,
  IssuanceConditions,
  IssuanceGroupStore,
  IssuanceRefusal,
  IssuanceStore,
  PreviewStore,
} from '../issuance/store.ts';
import { eventValues } from './audit-event.ts';
import { writeRecord } from './d1.ts';
import type { Database, PreparedStatement, Result } from './database.ts';
import { grantValues, readGranted, writeGranted } from './grant.ts';
import { ISSUANCE_SQL, REFUSAL_SQL, SIGNATURE_CHARACTERS } from './issuance-sql.ts';
import { boundsValues, listLimits, POLICY_BOUNDS_SQL } from './policy-bounds.ts';
import { type Row, readText } from './row.ts';

export function createIssuanceStore(
  db: Database,
): IssuanceStore & IssuanceGroupStore & PreviewStore {
  async function commitIssuances(commits: readonly IssuanceCommit[]): Promise<readonly boolean[]> {
    const { statements, readRecorded } = prepareIssuances(db, commits);
    return readRecorded(await writeRecord(() => db.batch<Row>([...statements])));
  }

  async function explainRefusal(commit: IssuanceCommit): Promise<IssuanceRefusal> {
    const check = checkOf(commit);
    const values = valuesOf(commit);
    const refused = (reason: IssuanceRefusal) => ({
      ...values,
      ...eventValues(refusedEvent(commit.audit, reason)),
    });
    const [reasons] = await writeGranted(db, check, [
      REFUSAL_SQL.explain.prepare(db, values),
      // The dialect that read the nonce records the refusal of its call.
      ...(commit.nonce === null || commit.acmeOrder !== null
        ? [
            REFUSAL_SQL.insertKeyBlocked.prepare(db, refused('key-blocked')),
            REFUSAL_SQL.insertSubjectHeld.prepare(db, refused('subject-held')),
          ]
        : []),
    ]);
    return readRefusal(reasons?.results[0]) ?? 'serial-taken';
  }

  return {
    commitIssuances,
    explainRefusal,
    async findRefusal(conditions) {
      const explain = REFUSAL_SQL.explain.prepare(db, conditionValues(conditions));
      const [reasons] = await readGranted(db, checkOf(conditions), [explain]);
      return readRefusal(reasons?.results[0]);
    },
    async commitIssuance(commit) {
      const [recorded] = await commitIssuances([commit]);
      return recorded === true ? 'committed' : explainRefusal(commit);
    },
  };
}

export interface PreparedIssuances {
  /** The last one writes the audit events. */
  readonly statements: readonly PreparedStatement[];
  /** Reads from the results of the statements which of the issuances were recorded. */
  readRecorded(results: readonly Result<Row>[]): readonly boolean[];
}

/** However many issuances there are, three statements, and one for each further part that any has. */
export function prepareIssuances(
  db: Database,
  commits: readonly IssuanceCommit[],
): PreparedIssuances {
  const rows = commits.map((commit) => ({ ...valuesOf(commit), ...eventValues(commit.audit) }));
  const withNonce = rows.filter(({ nonce }) => nonce !== null);
  const holders = rows.filter(({ uniqueSubject }) => uniqueSubject !== null);
  const identified = rows.filter(({ identifier }) => identifier !== null);
  const named = rows.filter(({ customIdentifier }) => customIdentifier !== null);
  const leaves = identified.filter(({ instanceId }) => instanceId === null);
  const cas = rows.filter(({ isCa }) => isCa === 1);
  const withOrder = rows.filter(({ acmeOrderId }) => acmeOrderId !== null);
  const withInstance = rows.filter(({ instanceId }) => instanceId !== null);
  const limited = rows.filter((_, n) => listLimits(commits[n]?.bounds ?? null).length > 0);
  const first = [
    ...(withNonce.length === 0 ? [] : [ISSUANCE_SQL.useNonces.prepare(db, withNonce)]),
    ...(limited.length === 0 ? [] : [prepareDeleteEnded(db, commits)]),
  ];
  const {
    insertCertificates,
    insertTerms,
    countForPolicies,
    insertHolders,
    insertIdentifiers,
    insertCustomIdentifiers,
    countByIssuer,
    countLeaves,
    useInstances,
    fulfilOrders,
    keepAuthorizations,
    reserveNames,
    insertEvents,
  } = ISSUANCE_SQL;
  return {
    statements: [
      ...first,
      insertCertificates.prepare(db, rows),
      insertTerms.prepare(db, rows),
      ...(limited.length === 0 ? [] : [countForPolicies.prepare(db, limited)]),
      ...(holders.length === 0 ? [] : [insertHolders.prepare(db, holders)]),
      ...(identified.length === 0 ? [] : [insertIdentifiers.prepare(db, identified)]),
      ...(named.length === 0 ? [] : [insertCustomIdentifiers.prepare(db, named)]),
      ...(leaves.length === 0
        ? []
        : [countByIssuer.prepare(db, leaves), countLeaves.prepare(db, leaves)]),
      ...(withInstance.length === 0 ? [] : [useInstances.prepare(db, withInstance)]),
      ...(withOrder.length === 0
        ? []
        : [fulfilOrders.prepare(db, withOrder), keepAuthorizations.prepare(db, withOrder)]),
      ...(cas.length === 0 ? [] : [reserveNames.prepare(db, cas)]),
      insertEvents.prepare(db, rows),
    ],
    readRecorded(results) {
      const inserted = results[first.length];
      const recorded = new Set(
        inserted?.results.map(
          (row) => `${readText(row, 'authority_id')}/${readText(row, 'serial')}`,
        ),
      );
      return commits.map(({ certificate: { authorityId, serialHex }, grant }) => {
        if (!recorded.has(`${authorityId}/${serialHex}`)) return false;
        markChecked(grant);
        return true;
      });
    },
  };
}

function prepareDeleteEnded(db: Database, commits: readonly IssuanceCommit[]): PreparedStatement {
  const ids = commits.flatMap(({ bounds }) => listLimits(bounds).map(([id]) => id));
  return POLICY_BOUNDS_SQL.deleteEnded.prepare(db, {
    policyIds: JSON.stringify(ids),
    nowSeconds: Math.min(...commits.map((commit) => checkOf(commit).nowSeconds)),
  });
}

function checkOf({ grant, certificate }: IssuanceConditions): GrantCheck {
  return { grant, nowSeconds: Math.floor(certificate.issuedAtMs / 1000) };
}

/** The values of every parameter of an issuance but those of its event. */
function valuesOf(commit: IssuanceCommit) {
  const { certificate } = commit;
  const text = certificate.certificateDer?.toBase64() ?? null;
  return {
    ...conditionValues(commit),
    serial: certificate.serialHex,
    terms: JSON.stringify(commit.terms),
    subject: certificate.subject,
    certificate: text,
    signature: text?.slice(-SIGNATURE_CHARACTERS) ?? null,
    profile: certificate.profile,
    origin: certificate.origin,
    notBeforeSeconds: certificate.notBeforeSeconds,
    notAfterSeconds: certificate.notAfterSeconds,
    issuedAtMs: certificate.issuedAtMs,
    crlPartition: commit.crlPartition,
    identifier: commit.identifier,
    acmeRetentionSeconds: commit.acmeOrder?.retentionSeconds ?? null,
  } as const;
}

/** The values of the parameters that decide whether an issuance is recorded. */
function conditionValues(conditions: IssuanceConditions) {
  const { certificate, acmeOrder, nonce } = conditions;
  return {
    authorityId: certificate.authorityId,
    publicKeyIdHex: certificate.publicKeyIdHex,
    accountId: certificate.accountId,
    issuerChainSha256Hex: conditions.issuerChainSha256Hex,
    ...grantValues(checkOf(conditions)),
    ...boundsValues(conditions.bounds, certificate.accountId),
    subjectKey: conditions.subjectKey,
    isCa: conditions.isCa ? 1 : 0,
    uniqueSubject: conditions.uniqueSubject,
    customIdentifier: conditions.customIdentifier,
    instanceId: conditions.instanceId,
    acmeOrderId: acmeOrder?.id ?? null,
    acmeCsr: acmeOrder?.csrDer.toBase64() ?? null,
    acmeAccountId: acmeOrder?.accountId ?? null,
    acmeThumbprint: acmeOrder?.thumbprint ?? null,
    nonce: nonce?.nonce ?? null,
    nonceKeyId: nonce?.accessKeyId ?? null,
    nonceRequestId: nonce?.requestId ?? null,
    nonceUsedAtSeconds: nonce?.usedAtSeconds ?? null,
  } as const;
}

/** Null if nothing would refuse the issuance. */
function readRefusal(reason: Row | undefined): IssuanceRefusal | null {
  if (reason?.nonce_taken === 1) return 'nonce-used';
  if (reason?.instance_free !== 1) return 'instance-used';
  if (reason.bounds_hold !== 1) return 'policy-changed';
  if (reason.policy_full === 1) return 'policy-full';
  if (reason.order_ready !== 1) return 'acme-order-changed';
  if (reason.key_blocked === 1) return 'key-blocked';
  if (reason.key_of_authority === 1) return 'key-of-authority';
  if (reason.name_of_ca === 1) return 'name-of-ca';
  if (reason.subject_held === 1) return 'subject-held';
  if (reason.custom_identifier_taken === 1) return 'custom-identifier-taken';
  return reason.authority_signs === 1 ? null : 'authority-changed';
}

function refusedEvent(event: AuditEvent, reason: IssuanceRefusal): AuditEvent {
  return { ...event, outcome: 'refused', detail: { ...event.detail, reason } };
}
