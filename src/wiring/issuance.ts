import { accessOf, type Principal } from '../access/principal.ts';
import { createExternalCaInstances } from '../authorities/external-ca-instances.ts';
import { createCommitQueue } from '../issuance/commit-queue.ts';
import type { IdentifiedPage } from '../issuance/identified-certificates.ts';
import { createIssuer } from '../issuance/issue.ts';
import { createExternalCaIssuer } from '../issuance/issue-external-ca.ts';
import { createIdentifiedLeafIssuer } from '../issuance/issue-identified-leaf.ts';
import { createSubordinateIssuer } from '../issuance/issue-subordinate.ts';
import { createCertificateStore } from '../store/certificate.ts';
import { createExpiredCertificateStore } from '../store/expired-certificate.ts';
import { createExternalCaInstanceStore } from '../store/external-ca-instance.ts';
import { createIdentifiedCertificateStore } from '../store/identified-certificate.ts';
import { createIssuanceStore } from '../store/issuance.ts';
import { createSubordinateStore } from '../store/subordinate.ts';
import type { Foundation } from './foundation.ts';

/** Issuing, and finding what was issued. */
export function wireIssuance(foundation: Foundation) {
  const { db, config, authorities, clock, randomBytes, keepAlive, takePartition, reopenAuthority } =
    foundation;
  const { publicationUrl, profiles } = config;
  const certificates = createCertificateStore(db);
  const instances = createExternalCaInstanceStore(db);
  const identified = createIdentifiedCertificateStore(db);
  const subordinates = {
    store: createSubordinateStore(db),
    clock,
    randomBytes,
    publicationUrl,
    takePartition,
  };
  return {
    expired: {
      store: createExpiredCertificateStore(db),
      clock,
      retentionSeconds: config.retentionSeconds,
    },
    services: {
      issueCertificate: createIssuer({
        store: createCommitQueue({ store: createIssuanceStore(db), keepAlive, clock }),
        clock,
        randomBytes,
        profiles,
        publicationUrl,
        takePartition,
        reopenAuthority,
      }),
      externalCaInstances: createExternalCaInstances({
        store: instances,
        openAuthority: authorities.openCurrent,
        clock,
        randomBytes,
      }),
      issueExternalCa: createExternalCaIssuer({
        store: instances,
        openAuthority: authorities.openCurrent,
        reopenAuthority,
        issueSubordinate: createSubordinateIssuer(subordinates),
        clock,
      }),
      issueIdentifiedLeaf: createIdentifiedLeafIssuer({ ...subordinates, reopenAuthority }),
      findIdentified: (identifier: string, principal: Principal) =>
        identified.findIdentified(identifier, accessOf(principal, clock())),
      listIdentified: (
        page: Parameters<typeof identified.listIdentified>[0],
        principal: Principal,
      ): Promise<IdentifiedPage> => identified.listIdentified(page, accessOf(principal, clock())),
      findInstanceOf: (identifier: string, principal: Principal) =>
        identified.findInstanceOf(identifier, accessOf(principal, clock())),
      findCertificates: (serialHex: string, authorityId: string | null, principal: Principal) =>
        certificates.findCertificates(serialHex, authorityId, accessOf(principal, clock())),
    },
  };
}
