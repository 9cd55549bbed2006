import type { Access } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditEvent } from '../audit/event.ts';
import { SignetError } from '../errors.ts';

/** Free, used for a CA, given back, or used for a CA whose certificate is revoked. */
export type InstanceState = 'BUY' | 'USED' | 'REFUND' | 'REVOKE';

/** A slot for one CA that others run with a key of their own. */
export interface ExternalCaInstance {
  /** `cas_deposit-cn-` and 12 of a-z0-9. */
  readonly id: string;
  readonly accountId: string;
  /** The authority that issues the certificate. */
  readonly authorityId: string;
  readonly state: InstanceState;
  readonly maxValidityDays: number;
  readonly maxPathLength: number;
  /** What it was used for, or null. */
  readonly certificate: {
    readonly authorityId: string;
    readonly serialHex: string;
    /** UUID. */
    readonly identifier: string;
  } | null;
  readonly createdAtMs: number;
  readonly usedAtMs: number | null;
}

/** What a new instance has of its own. */
export type InstanceTerms = Pick<
  ExternalCaInstance,
  'id' | 'accountId' | 'authorityId' | 'maxValidityDays' | 'maxPathLength' | 'createdAtMs'
>;

/**
 * Every function throws SignetError record-unavailable, and where the grant does not hold; nothing
 * is written then. What is used up by an issuance is the issuance's to write.
 */
export interface ExternalCaInstanceStore {
  createInstance(
    terms: InstanceTerms,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-account' | 'id-taken'>;
  /** Null where there is none that may be seen. */
  findInstance(id: string, access: Access): Promise<ExternalCaInstance | null>;
  /** Those that may be seen, by id. */
  listInstances(page: PageRequest, access: Access): Promise<readonly ExternalCaInstance[]>;
  /** Only a free one. */
  refundInstance(
    id: string,
    access: Access,
    audit: AuditEvent,
  ): Promise<'refunded' | 'not-free' | 'not-found'>;
}

/** The refusal for an unknown instance, and for one of another account. */
export function instanceNotFound(): SignetError {
  return new SignetError('instance-not-found', 'There is no instance with this id.', {
    field: 'instanceId',
  });
}

/** The refusal for an instance that is used up or was given back. */
export function instanceUsed(): SignetError {
  return new SignetError(
    'instance-used',
    'The instance was used before or given back. An instance is for one CA: use another one.',
    { field: 'instanceId' },
  );
}
