import type { Access } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditEvent } from '../audit/event.ts';
import { SignetError } from '../errors.ts';

/** Free, used for a CA, given back, or used for a CA with a revoked certificate. */
export type InstanceState = 'BUY' | 'USED' | 'REFUND' | 'REVOKE';

/** The right to one certificate for a CA whose key is kept elsewhere. */
export interface ExternalCaInstance {
  /** `cas_deposit-cn-` and 12 of a-z0-9. */
  readonly id: string;
  readonly accountId: string;
  /** The authority that issues the certificate. */
  readonly authorityId: string;
  readonly state: InstanceState;
  readonly maxValidityDays: number;
  readonly maxPathLength: number;
  /** The certificate that it was used for, or null. */
  readonly certificate: {
    readonly authorityId: string;
    readonly serialHex: string;
    /** UUID. */
    readonly identifier: string;
  } | null;
  readonly createdAtMs: number;
  readonly usedAtMs: number | null;
  /** See sealRow and instanceRecordId. Null once it is used or refunded, and in old records. */
  readonly seal: string | null;
}

/**
 * Names everything that an instance permits, for its seal. `SEALED_INSTANCE_SQL` builds the same text.
 */
export function instanceRecordId(
  instance: Pick<
    ExternalCaInstance,
    'id' | 'accountId' | 'authorityId' | 'maxValidityDays' | 'maxPathLength'
  >,
): string {
  const { id, accountId, authorityId, maxValidityDays, maxPathLength } = instance;
  return `external-ca-instance:${id}:${accountId}:${authorityId}:${maxValidityDays}:${maxPathLength}`;
}

/** The fields of a new instance. */
export type InstanceTerms = Pick<
  ExternalCaInstance,
  'id' | 'accountId' | 'authorityId' | 'maxValidityDays' | 'maxPathLength' | 'createdAtMs' | 'seal'
>;

/**
 * Every function throws SignetError record-unavailable, and if the grant does not hold; nothing is
 * written then. The commit of an issuance uses an instance up.
 */
export interface ExternalCaInstanceStore {
  createInstance(
    terms: InstanceTerms,
    access: Access,
    audit: AuditEvent,
  ): Promise<'created' | 'no-account' | 'caller-bounded' | 'id-taken'>;
  /** Null if there is none that the caller may see. */
  findInstance(id: string, access: Access): Promise<ExternalCaInstance | null>;
  /** The instances that the caller may see, by id. */
  listInstances(page: PageRequest, access: Access): Promise<readonly ExternalCaInstance[]>;
  /** Gives a free instance back. */
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
