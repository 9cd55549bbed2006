import type { Caller } from '../access/caller.ts';
import { accessOf, type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { AuditAction, AuditEvent } from '../audit/event.ts';
import type { Authority } from '../authorities/authority.ts';
import { sha256Hex } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { TakePartition } from '../lists/partitions.ts';
import type { EdgePurge } from '../revocation/edge-purge.ts';
import { listTerms } from '../search/terms.ts';
import type { RandomBytes } from '../x509/certificate/serial-number.ts';
import { issueResponder, RESPONDER_PROFILE } from './issue-ocsp-responder.ts';
import type { OcspResponderStore } from './ocsp-responder-store.ts';
import { type OcspResponderRecord, type OcspSigners, responderRecordId } from './ocsp-signer.ts';
import { readResponder, type UploadedResponder } from './read-ocsp-responder.ts';

export interface OcspResponderDependencies {
  readonly store: OcspResponderStore;
  readonly edge: EdgePurge;
  readonly signers: Pick<OcspSigners, 'evict'>;
  readonly sealer: Pick<Sealer, 'seal'>;
  /** @throws SignetError authority-not-found, authority-unavailable */
  openCurrentAuthority(id: string): Promise<Authority>;
  openAuthority(id: string): Promise<Authority>;
  /** The ids of all generations of the authority that `id` is one of. */
  listGenerations(id: string): Promise<readonly string[]>;
  readonly takePartition: TakePartition;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

/** All throw SignetError authority-not-found, record-unavailable, and if the grant does not hold. */
export interface OcspResponders {
  /** Lists the responders of every generation of the authority. */
  list(principal: Principal, id: string): Promise<readonly OcspResponderRecord[]>;
  /**
   * Issues a responder with a new key for the current generation.
   * @throws SignetError authority-unavailable, constraint-violated, sealing-unavailable
   */
  issue(caller: Caller, id: string): Promise<OcspResponderRecord>;
  /** @throws SignetError malformed-certificate, malformed-key, key-mismatch, weak-key, not-valid-now */
  upload(caller: Caller, id: string, upload: UploadedResponder): Promise<OcspResponderRecord>;
  /** Removes the responders, so that the authority's own keys sign. @throws SignetError not-found */
  remove(caller: Caller, id: string): Promise<void>;
  /** Replaces responders issued here that have less than a third of their life left. */
  renewDue(): Promise<{ readonly renewed: number; readonly failed: number }>;
}

/** A run must not exceed the queries per invocation of the free plan. */
const MAX_RENEWALS = 5;
/** A responder that could not be renewed is tried again after this time. */
const RETRY_SECONDS = 3600;

export function createOcspResponders(dependencies: OcspResponderDependencies): OcspResponders {
  const { store, edge, signers, sealer, clock, randomBytes, takePartition } = dependencies;
  const { openAuthority, openCurrentAuthority, listGenerations } = dependencies;

  async function requireGenerations(id: string): Promise<readonly string[]> {
    const ids = await listGenerations(id);
    if (ids.length > 0) return ids;
    // The default authority may not have been made yet.
    await openCurrentAuthority(id);
    return listGenerations(id);
  }

  async function issueFor(caller: Caller, authority: Authority): Promise<OcspResponderRecord> {
    const atMs = clock();
    const { principal } = caller;
    const nowSeconds = Math.floor(atMs / 1000);
    const issued = await issueResponder(authority, { principal, nowSeconds, randomBytes });
    const { certificateDer, serialHex, subject, notBeforeSeconds, notAfterSeconds } = issued;
    const responder: OcspResponderRecord = {
      authorityId: authority.generationId,
      certificateDer,
      sealedKey: await sealer.seal(responderRecordId(authority.generationId), issued.pkcs8Der),
      notBeforeSeconds,
      notAfterSeconds,
      renewFromSeconds: notAfterSeconds - Math.floor((notAfterSeconds - notBeforeSeconds) / 3),
      createdAtMs: atMs,
    };
    const crlPartition = await takePartition(authority.generationId);
    const committed =
      crlPartition !== null &&
      (await store.commitIssued(
        {
          certificate: {
            authorityId: authority.generationId,
            serialHex,
            subject,
            publicKeyIdHex: issued.publicKeyIdHex,
            certificateDer,
            profile: RESPONDER_PROFILE,
            origin: 'api',
            accountId: principal.accountId,
            notBeforeSeconds,
            notAfterSeconds,
            issuedAtMs: atMs,
          },
          terms: listTerms({
            subject,
            altNames: [],
            profile: RESPONDER_PROFILE,
            sha256Hex: await sha256Hex(certificateDer),
          }),
          issuerChainSha256Hex: authority.chainSha256Hex,
          crlPartition,
          subjectKey: null,
          isCa: false,
          uniqueSubject: null,
          identifier: null,
          customIdentifier: null,
          instanceId: null,
          bounds: null,
          acmeOrder: null,
          nonce: null,
          grant: principal.grant,
          audit: describeEvent(
            caller,
            atMs,
            'certificate.issue',
            authority.generationId,
            serialHex,
            {
              subject,
              profile: RESPONDER_PROFILE,
            },
          ),
        },
        responder,
      ));
    signers.evict(authority.generationId);
    if (committed) return responder;
    throw new SignetError(
      'in-use',
      'The authority was changed in the meantime. Check it and try again.',
    );
  }

  return {
    list: async (principal, id) =>
      store.list(await requireGenerations(id), accessOf(principal, clock())),

    issue: async (caller, id) => issueFor(caller, await openCurrentAuthority(id)),

    async upload(caller, id, upload) {
      const atMs = clock();
      const generations = [];
      for (const each of await requireGenerations(id)) generations.push(await openAuthority(each));
      const { authorityId, certificate, pkcs8Der } = await readResponder(
        upload,
        generations,
        Math.floor(atMs / 1000),
      );
      const { certificateDer, serialHex, notBeforeSeconds, notAfterSeconds } = certificate;
      const responder: OcspResponderRecord = {
        authorityId,
        certificateDer,
        sealedKey: await sealer.seal(responderRecordId(authorityId), pkcs8Der),
        notBeforeSeconds,
        notAfterSeconds,
        renewFromSeconds: null,
        createdAtMs: atMs,
      };
      await store.commitUploaded(
        responder,
        accessOf(caller.principal, atMs),
        describeEvent(caller, atMs, 'ocsp-responder.upload', authorityId, authorityId, {
          serial: serialHex,
        }),
      );
      signers.evict(authorityId);
      return responder;
    },

    async remove(caller, id) {
      const atMs = clock();
      const ids = await requireGenerations(id);
      const removed = await store.remove(
        ids,
        accessOf(caller.principal, atMs),
        describeEvent(caller, atMs, 'ocsp-responder.delete', id, id, {}),
      );
      for (const each of ids) signers.evict(each);
      if (!removed) throw new SignetError('not-found', 'The authority has no OCSP responder.');
      await edge.purge({ ocspResponsesOf: ids }, caller.request);
    },

    async renewDue() {
      const report = { renewed: 0, failed: 0 };
      const caller = {
        principal: { accountId: ROOT_ACCOUNT_ID, actor: 'job', grant: null, policyId: null },
        request: { requestId: crypto.randomUUID(), remoteAddress: null, country: null },
      };
      const nowSeconds = Math.floor(clock() / 1000);
      const times = { nowSeconds, retrySeconds: nowSeconds + RETRY_SECONDS };
      for (const id of await store.listDue(times, MAX_RENEWALS)) {
        try {
          await issueFor(caller, await openAuthority(id));
          report.renewed++;
        } catch (error) {
          // If the CA's key is not here, the operator has to upload the next responder.
          if (!(error instanceof SignetError)) throw error;
          report.failed++;
          // Those that cannot be renewed must not keep the others waiting.
          await store.postpone(id, times.retrySeconds);
        }
      }
      return report;
    },
  };
}

function describeEvent(
  { principal, request }: Caller,
  atMs: number,
  action: AuditAction,
  authorityId: string,
  target: string,
  detail: AuditEvent['detail'],
): AuditEvent {
  return {
    atMs,
    accountId: principal.accountId,
    actor: principal.actor,
    action,
    outcome: 'done',
    authorityId,
    target,
    detail,
    request,
  };
}
