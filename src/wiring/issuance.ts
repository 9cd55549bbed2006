import { accessOf, type Principal } from '../access/principal.ts';
import { createExternalCaInstances } from '../authorities/external-ca-instances.ts';
import { createCommitQueue } from '../issuance/commit-queue.ts';
import type { IdentifiedPage } from '../issuance/identified-certificates.ts';
import { createIssue } from '../issuance/issue-certificate.ts';
import { createExternalCaIssuer } from '../issuance/issue-external-ca.ts';
import {
  createIdentifiedLeafIssuer,
  createLeafIssuer,
  createLeafPreview,
} from '../issuance/issue-leaf.ts';
import { createPreview } from '../issuance/preview-certificate.ts';
import { findNextPartition } from '../lists/partitions.ts';
import type { OpenBounds } from '../policy/bounds.ts';
import type { SearchRequest } from '../search/store.ts';
import { createCertificateStore } from '../store/certificate.ts';
import { createExpiredCertificateStore } from '../store/expired-certificate.ts';
import { createExternalCaInstanceStore } from '../store/external-ca-instance.ts';
import { createIdentifiedCertificateStore } from '../store/identified-certificate.ts';
import { createIssuanceStore } from '../store/issuance.ts';
import { createPartitionStore } from '../store/partition.ts';
import { createSearchStore } from '../store/search.ts';
import type { Foundation } from './foundation.ts';

/** Joins the issuing of certificates and the search for issued ones. */
export function wireIssuance(foundation: Foundation, openBounds: OpenBounds) {
  const {
    db,
    config,
    sealer,
    authorities,
    clock,
    randomBytes,
    keepAlive,
    takePartition,
    reopenAuthority,
  } = foundation;
  const { publicationUrl, profiles } = config;
  const certificates = createCertificateStore(db);
  const instances = createExternalCaInstanceStore(db);
  const search = createSearchStore(db);
  const identified = createIdentifiedCertificateStore(db);
  const store = createIssuanceStore(db);
  const partitions = createPartitionStore(db);
  const preparation = {
    clock,
    openAuthority: authorities.openCurrent,
    openBounds,
    reopenAuthority,
  };
  const issue = createIssue({
    ...preparation,
    store: createCommitQueue({ store, keepAlive, clock }),
    randomBytes,
    publicationUrl,
    takePartition,
  });
  const preview = createPreview({
    ...preparation,
    store,
    publicationUrl,
    findPartition: (authorityId) => findNextPartition(partitions, authorityId),
  });
  return {
    issue,
    findNewestIssued: certificates.findNewestIssued,
    expired: {
      store: createExpiredCertificateStore(db),
      clock,
      retentionSeconds: config.retentionSeconds,
    },
    services: {
      issueCertificate: createLeafIssuer(issue, profiles),
      previewCertificate: createLeafPreview(preview, profiles),
      issueIdentifiedLeaf: createIdentifiedLeafIssuer(issue, profiles, randomBytes),
      externalCaInstances: createExternalCaInstances({
        store: instances,
        sealer,
        openAuthority: authorities.openCurrent,
        clock,
        randomBytes,
      }),
      issueExternalCa: createExternalCaIssuer({
        store: instances,
        sealer,
        issue,
        clock,
        randomBytes,
      }),
      findIdentified: (identifier: string, principal: Principal) =>
        identified.findIdentified(identifier, accessOf(principal, clock())),
      listIdentified: (
        page: Parameters<typeof identified.listIdentified>[0],
        principal: Principal,
      ): Promise<IdentifiedPage> => identified.listIdentified(page, accessOf(principal, clock())),
      countIdentified: (authorityIds: readonly string[], principal: Principal) =>
        identified.countIdentified(authorityIds, accessOf(principal, clock())),
      findInstanceOf: (identifier: string, principal: Principal) =>
        identified.findInstanceOf(identifier, accessOf(principal, clock())),
      searchCertificates: (request: SearchRequest, principal: Principal) =>
        search.search(request, accessOf(principal, clock())),
      findCertificates: (serialHex: string, authorityId: string | null, principal: Principal) =>
        certificates.findCertificates(serialHex, authorityId, accessOf(principal, clock())),
    },
  };
}
