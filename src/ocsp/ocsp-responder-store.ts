import type { Access } from '../access/principal.ts';
import type { AuditEvent } from '../audit/event.ts';
import type { IssuanceCommit } from '../issuance/store.ts';
import type { OcspResponderRecord } from './ocsp-signer.ts';

/** Every function throws SignetError record-unavailable, and if the grant does not hold. */
export interface OcspResponderStore {
  find(authorityId: string): Promise<OcspResponderRecord | null>;
  /** Lists the responders of these generations. */
  list(authorityIds: readonly string[], access: Access): Promise<readonly OcspResponderRecord[]>;
  /**
   * In one batch: records the certificate as issued by the authority, with its audit event, and makes it
   * the generation's responder. Returns false and writes nothing if the authority's certificate was
   * replaced or the serial is taken.
   */
  commitIssued(commit: IssuanceCommit, responder: OcspResponderRecord): Promise<boolean>;
  /** Makes an uploaded certificate the generation's responder. */
  commitUploaded(responder: OcspResponderRecord, access: Access, audit: AuditEvent): Promise<void>;
  /** Returns false if these generations have none. */
  remove(authorityIds: readonly string[], access: Access, audit: AuditEvent): Promise<boolean>;
  /**
   * Lists current generations whose responder is to be replaced, the most urgent first. A responder that
   * a clock that was ahead has issued or postponed is due too, unless `postpone` has named
   * `retrySeconds` or an earlier time.
   */
  listDue(
    times: { readonly nowSeconds: number; readonly retrySeconds: number },
    limit: number,
  ): Promise<readonly string[]>;
  /** Sets when the responder of a generation is to be replaced, after it could not be. */
  postpone(authorityId: string, untilSeconds: number): Promise<void>;
}
