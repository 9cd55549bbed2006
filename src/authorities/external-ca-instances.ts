import { type Page, readPage } from '../access/page.ts';
import { accessOf, type Principal } from '../access/principal.ts';
import { type RandomBytes, randomText, SMALL_LETTERS_AND_DIGITS } from '../access/random-text.ts';
import type { PageRequest } from '../access/store.ts';
import type { AuditAction, AuditEvent, RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { sealRow } from '../keys/row-seal.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { Authority } from './authority.ts';
import { DEFAULT_AUTHORITY_ID } from './default-authority.ts';
import {
  type ExternalCaInstance,
  type ExternalCaInstanceStore,
  type InstanceTerms,
  instanceNotFound,
  instanceRecordId,
} from './external-ca-instance.ts';

export interface InstanceDependencies {
  readonly store: ExternalCaInstanceStore;
  readonly sealer: Sealer;
  /** @throws SignetError authority-not-found, authority-unavailable, record-unavailable */
  openAuthority(id: string): Promise<Authority>;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

/** Null for the default: the caller's account, the default authority, 10 years, no CA below. */
export interface NewInstance {
  readonly accountId: string | null;
  readonly authorityId: string | null;
  readonly maxValidityDays: number | null;
  readonly maxPathLength: number | null;
}

/** All throw SignetError record-unavailable, and if the principal's grant does not hold. */
export interface ExternalCaInstances {
  /**
   * @throws SignetError invalid-parameter, authority-not-found, account-not-found, sealing-unavailable;
   *   forbidden if a policy bounds the principal
   */
  create(
    principal: Principal,
    instance: NewInstance,
    request: RequestContext,
  ): Promise<ExternalCaInstance>;
  /** @throws SignetError instance-not-found */
  find(principal: Principal, id: string): Promise<ExternalCaInstance>;
  /** @throws SignetError invalid-parameter */
  list(principal: Principal, page: PageRequest): Promise<Page<ExternalCaInstance>>;
  /** @throws SignetError instance-not-found, instance-used */
  refund(principal: Principal, id: string, request: RequestContext): Promise<ExternalCaInstance>;
}

/** Ten calendar years have at most three leap days. */
const DEFAULT_VALIDITY_DAYS = 3653;
const MAX_VALIDITY_DAYS = 36525;
const DEFAULT_PATH_LENGTH = 0;
const MAX_PATH_LENGTH = 16;
const ID_PREFIX = 'cas_deposit-cn-';
const ID_CHARACTERS = 12;

export function createExternalCaInstances(dependencies: InstanceDependencies): ExternalCaInstances {
  const { store, sealer, openAuthority, clock, randomBytes } = dependencies;

  async function find(principal: Principal, id: string): Promise<ExternalCaInstance> {
    const instance = await store.findInstance(id, accessOf(principal, clock()));
    if (instance === null) throw instanceNotFound();
    return instance;
  }

  return {
    async create(principal, wanted, request) {
      const createdAtMs = clock();
      const permitted = {
        id: `${ID_PREFIX}${randomText(randomBytes, SMALL_LETTERS_AND_DIGITS, ID_CHARACTERS)}`,
        accountId: wanted.accountId ?? principal.accountId,
        authorityId: wanted.authorityId ?? DEFAULT_AUTHORITY_ID,
        maxValidityDays: checkRange(
          'maxValidityDays',
          wanted.maxValidityDays ?? DEFAULT_VALIDITY_DAYS,
          1,
          MAX_VALIDITY_DAYS,
        ),
        maxPathLength: checkRange(
          'maxPathLength',
          wanted.maxPathLength ?? DEFAULT_PATH_LENGTH,
          0,
          MAX_PATH_LENGTH,
        ),
      };
      const seal = await sealRow(sealer, instanceRecordId(permitted));
      const terms: InstanceTerms = { ...permitted, createdAtMs, seal };
      // The first request for the default authority makes it.
      await openAuthority(terms.authorityId);
      const audit = describeAct(principal, createdAtMs, request, 'external-ca-instance.create', {
        authorityId: terms.authorityId,
        target: terms.id,
        detail: {
          account: terms.accountId,
          maxValidityDays: terms.maxValidityDays,
          maxPathLength: terms.maxPathLength,
        },
      });
      const outcome = await store.createInstance(terms, accessOf(principal, createdAtMs), audit);
      if (outcome === 'no-account') {
        throw new SignetError('account-not-found', 'There is no account with this id.', {
          field: 'accountId',
        });
      }
      if (outcome === 'caller-bounded') {
        throw new SignetError(
          'forbidden',
          'A policy bounds the calling access key, so it may not permit external CAs: the policy would not bound their certificates.',
        );
      }
      if (outcome === 'id-taken') {
        throw new SignetError('record-unavailable', 'The id is taken. Try again.');
      }
      return { ...terms, state: 'BUY', certificate: null, usedAtMs: null };
    },

    find,

    list: (principal, page) =>
      readPage(
        page,
        (rows) => store.listInstances(rows, accessOf(principal, clock())),
        ({ id }) => id,
      ),

    async refund(principal, id, request) {
      const atMs = clock();
      const audit = describeAct(principal, atMs, request, 'external-ca-instance.refund', {
        authorityId: null,
        target: id,
        detail: {},
      });
      const outcome = await store.refundInstance(id, accessOf(principal, atMs), audit);
      if (outcome === 'not-found') throw instanceNotFound();
      if (outcome === 'not-free') {
        throw new SignetError('instance-used', 'Only a free instance (BUY) can be given back.');
      }
      return find(principal, id);
    },
  };
}

function checkRange(field: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new SignetError(
    'invalid-parameter',
    `'${field}' must be a whole number from ${least} to ${most}.`,
    { field },
  );
}

function describeAct(
  { accountId, actor }: Principal,
  atMs: number,
  request: RequestContext,
  action: Extract<AuditAction, `external-ca-instance.${string}`>,
  what: Pick<AuditEvent, 'authorityId' | 'target' | 'detail'>,
): AuditEvent {
  return { atMs, accountId, actor, action, outcome: 'done', ...what, request };
}
