import { sha256Hex } from '../bytes.ts';
import { listTerms } from '../search/terms.ts';
import { findSubjectKey } from '../x509/names/name-comparison.ts';
import { formatName } from '../x509/names/names.ts';
import { isCaDraft } from './certificate-draft.ts';
import type { IssuanceOrder } from './issuance-order.ts';
import type { PreparedIssuance } from './prepare-issuance.ts';
import type { IssuanceCommit, IssuanceConditions } from './store.ts';

/** What the record decides by whether it takes the certificate. */
export function describeConditions(prepared: PreparedIssuance): IssuanceConditions {
  const { order, authority, approved, bounds, nowMs } = prepared;
  const { uniqueSubject, customIdentifier, instance, acmeOrder, nonce, principal } = order;
  const { draft } = approved;
  const subjectKey = findSubjectKey(draft.subjectDer);
  return {
    certificate: {
      authorityId: authority.generationId,
      publicKeyIdHex: draft.publicKeyIdHex,
      accountId: principal.accountId,
      issuedAtMs: nowMs,
    },
    issuerChainSha256Hex: authority.chainSha256Hex,
    bounds,
    subjectKey,
    isCa: isCaDraft(draft),
    uniqueSubject: uniqueSubject ? subjectKey : null,
    customIdentifier,
    instanceId: instance?.id ?? null,
    acmeOrder,
    nonce,
    grant: principal.grant,
  };
}

/** What is recorded of the signed certificate. */
export async function describeCommit(
  prepared: PreparedIssuance,
  signed: Pick<IssuanceCommit, 'crlPartition'> & {
    readonly serialHex: string;
    readonly certificateDer: Uint8Array;
  },
): Promise<IssuanceCommit> {
  const { order, authority, approved, nowMs } = prepared;
  const { profile, origin, identifier, principal, request } = order;
  const { serialHex, certificateDer, crlPartition } = signed;
  const { subjectDer, subjectAltNames, notBeforeSeconds, notAfterSeconds } = approved.draft;
  const subject = formatName(subjectDer);
  const conditions = describeConditions(prepared);
  return {
    ...conditions,
    certificate: {
      ...conditions.certificate,
      serialHex,
      subject,
      certificateDer,
      profile,
      origin,
      notBeforeSeconds,
      notAfterSeconds,
    },
    terms: listTerms({
      subject,
      altNames: subjectAltNames,
      profile,
      sha256Hex: await sha256Hex(certificateDer),
    }),
    crlPartition,
    identifier,
    audit: {
      atMs: nowMs,
      accountId: principal.accountId,
      actor: principal.actor,
      action: 'certificate.issue',
      outcome: 'done',
      authorityId: authority.generationId,
      target: serialHex,
      detail: describeDetail(order, subject),
      request,
    },
  };
}

function describeDetail(
  { profile, instance, acmeOrder }: IssuanceOrder,
  subject: string,
): IssuanceCommit['audit']['detail'] {
  return {
    subject,
    profile,
    ...(instance === null ? {} : { instance: instance.id }),
    ...(acmeOrder === null ? {} : { acmeOrder: acmeOrder.id }),
  };
}
