import type { Access } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditEvent } from '../audit/event.ts';

/** A key for external account binding, without its secret (RFC 8555 section 7.3.4). */
export interface EabKey {
  /** `eab-` and 20 of A-Za-z0-9. */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly policyId: string;
  /** Whether only one ACME account may be bound with it. */
  readonly singleUse: boolean;
  readonly enabled: boolean;
  readonly expiresAtSeconds: number | null;
  readonly createdAtMs: number;
}

/** What gives the key power. Its MAC key is sealed together with them. */
export type EabKeyTerms = Omit<EabKey, 'name' | 'createdAtMs'>;

export interface SealedEabKey {
  readonly terms: EabKeyTerms;
  /** Sealed under `eabKeyRecordId(terms)`. */
  readonly sealedMacKey: string;
}

/** A field that is left out stays unchanged. */
export interface EabKeyChanges {
  readonly name?: string;
  readonly enabled?: boolean;
  readonly expiresAtSeconds?: number | null;
}

/** Returns the record id that a MAC key is sealed under. `SEALED_EAB_KEY_SQL` builds the same text. */
export function eabKeyRecordId(terms: EabKeyTerms): string {
  const { id, accountId, policyId, singleUse, enabled, expiresAtSeconds } = terms;
  return `eab-key:${id}:${accountId}:${policyId}:${singleUse ? 1 : 0}:${enabled ? 1 : 0}:${expiresAtSeconds ?? ''}`;
}

/**
 * Every method throws SignetError record-unavailable, or an error that says why the grant does not
 * hold; it has then written nothing. A change and its audit event are committed together.
 */
export interface EabKeyStore {
  /**
   * 'no-policy' if the policy is neither the account's nor that of `root`, and 'other-policy' if the
   * calling access key has a policy and this is another one.
   */
  createEabKey(
    eabKey: EabKey,
    sealedMacKey: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-account' | 'no-policy' | 'other-policy'>;
  /** Returns null if the asking account may see no such key. */
  findEabKey(id: string, access: Access): Promise<EabKey | null>;
  /** @param accountId null for every account that the asking account may see */
  listEabKeys(
    accountId: string | null,
    page: PageRequest,
    access: Access,
  ): Promise<readonly EabKey[]>;
  /** Reads a key to change it. */
  findSealedEabKey(id: string, access: Access): Promise<SealedEabKey | null>;
  /** Returns 'changed' if the sealed MAC key is not `macKey.from` any more. */
  updateEabKey(
    id: string,
    changes: EabKeyChanges,
    macKey: { readonly from: string; readonly to: string },
    access: Access,
    audit: AuditEvent,
  ): Promise<EabKey | 'not-found' | 'changed' | 'other-policy'>;
  deleteEabKey(
    id: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'deleted' | 'not-found' | 'other-policy'>;
}
