import type { AuditEvent } from '../audit/event.ts';

export interface AuthorityRecord {
  readonly id: string;
  readonly certificateDer: Uint8Array;
  /** Issuer first, root last; empty for a root. */
  readonly chainDer: readonly Uint8Array[];
  /** `secret:NAME`. */
  readonly keySource: string;
  readonly state: 'active' | 'disabled';
  readonly createdAtMs: number;
}

export interface AuthorityStore {
  findAuthority(id: string): Promise<AuthorityRecord | null>;
  /** False where an authority of that id is there already: the other one stays, nothing is written. */
  createAuthority(record: AuthorityRecord, audit: AuditEvent): Promise<boolean>;
}
