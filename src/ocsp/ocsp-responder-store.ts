import type { Access } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { IssuanceCommit } from '../issuance/store.ts';
import type { OcspResponderRecord } from './ocsp-signer.ts';

/** Every function throws SignetError record-unavailable, and where the grant does not hold. */
export interface OcspResponderStore {
  find(authorityId: string): Promise<OcspResponderRecord | null>;
  /** Those of these generations, by generation. */
  list(authorityIds: readonly string[], access: Access): Promise<readonly OcspResponderRecord[]>;
  /**
   * Records the certificate as one that the authority issued, with its audit event, and makes it the
   * generation's responder, in one batch. False where the authority does not sign by that
   * certificate any more, or the serial is taken: nothing is written then.
   */
  commitIssued(commit: IssuanceCommit, responder: OcspResponderRecord): Promise<boolean>;
  /** Makes a certificate from elsewhere the generation's responder. */
  commitUploaded(responder: OcspResponderRecord, access: Access, audit: AuditEvent): Promise<void>;
  /** False where these generations have none. */
  remove(authorityIds: readonly string[], access: Access, audit: AuditEvent): Promise<boolean>;
  /** Generations that sign now and whose responder is to be replaced, the most urgent first. */
  listDue(nowSeconds: number, limit: number): Promise<readonly string[]>;
}
