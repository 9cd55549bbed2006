import { checkName } from '../access/names.ts';
import { type Page, readPage } from '../access/page.ts';
import { accessOf, type Principal } from '../access/principal.ts';
import { type RandomBytes, randomText, SMALL_LETTERS_AND_DIGITS } from '../access/random-text.ts';
import { callerBounded, requireUnbounded } from '../access/require-unbounded.ts';
import type { AccessKeySecrets } from '../access/secrets.ts';
import type { PageRequest } from '../access/store.ts';
import { describeAct } from '../audit/describe-act.ts';
import type { RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { CertificateFacts, Finding } from './facts.ts';
import { judge, judgeIdentifier } from './judge.ts';
import { parsePolicyRules } from './parse-policy-rules.ts';
import type { AcmeProof, Policy, PolicyRules } from './policy.ts';
import { openPolicy, sealPolicy } from './sealed-policy.ts';
import type { PolicyStore } from './store.ts';

export interface PolicyDependencies {
  readonly store: PolicyStore;
  readonly secrets: Pick<AccessKeySecrets, 'refresh'>;
  readonly sealer: Sealer;
  /** The policy that the configuration refers to; null for none. */
  readonly configuredPolicyId: string | null;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

export interface NewPolicy {
  /** Null for the principal's own account. */
  readonly accountId: string | null;
  readonly name: string;
  /** See parsePolicyRules. */
  readonly rules: unknown;
}

/** A field that is left out stays unchanged. */
export interface PolicyChanges {
  readonly name?: string;
  /** All rules, not a part of them. See parsePolicyRules. */
  readonly rules?: unknown;
}

/** What a policy says about a certificate. */
export interface Evaluation {
  readonly policy: Policy;
  /** Every reason to refuse it; none if it is permitted. Limits on numbers are not judged. */
  readonly findings: readonly Finding[];
  /** What ACME asks for each DNS name and IP address that is permitted. */
  readonly acme: readonly {
    readonly type: 'dns' | 'ip';
    readonly value: string;
    readonly proof: AcmeProof;
  }[];
}

/**
 * Every method throws SignetError if the principal's grant does not hold. A principal outside the
 * account `root` changes only policies of its own account, and reads those of `root` by id, too. A
 * principal that a policy bounds changes none.
 */
export interface Policies {
  /** @throws SignetError account-not-found, forbidden, invalid-parameter, sealing-unavailable */
  create(principal: Principal, policy: NewPolicy, request: RequestContext): Promise<Policy>;
  /** @throws SignetError policy-not-found, sealing-unavailable */
  find(principal: Principal, id: string): Promise<Policy>;
  /**
   * Lists own policies, and for the account `root` those of all accounts.
   * @throws SignetError invalid-parameter, sealing-unavailable
   */
  list(principal: Principal, accountId: string | null, page: PageRequest): Promise<Page<Policy>>;
  /** @throws SignetError policy-not-found, forbidden, in-use, invalid-parameter, sealing-unavailable */
  update(
    principal: Principal,
    id: string,
    changes: PolicyChanges,
    request: RequestContext,
  ): Promise<Policy>;
  /** @throws SignetError policy-not-found, forbidden, in-use */
  remove(principal: Principal, id: string, request: RequestContext): Promise<void>;
  /** Judges a certificate without issuing it. @throws SignetError policy-not-found, sealing-unavailable */
  evaluate(principal: Principal, id: string, facts: CertificateFacts): Promise<Evaluation>;
}

/** An update is tried again if another one changes the policy meanwhile. */
const UPDATE_ATTEMPTS = 3;
const ID_CHARACTERS = 12;

export function createPolicies(dependencies: PolicyDependencies): Policies {
  const { store, secrets, sealer, configuredPolicyId, clock, randomBytes } = dependencies;

  async function find(principal: Principal, id: string): Promise<Policy> {
    const sealed = await store.findPolicy(id, accessOf(principal, clock()));
    if (sealed === null) throw policyNotFound();
    return openPolicy(sealer, sealed);
  }

  return {
    async create(principal, { accountId, name, rules }, request) {
      await requireUnbounded(secrets, principal);
      const atMs = clock();
      const policy: Policy = {
        id: `pol-${randomText(randomBytes, SMALL_LETTERS_AND_DIGITS, ID_CHARACTERS)}`,
        accountId: accountId ?? principal.accountId,
        name: checkName(name),
        rules: parsePolicyRules(rules),
        revision: 1,
        createdAtMs: atMs,
        updatedAtMs: atMs,
      };
      const act = { principal, atMs, request };
      const event = describeAct(act, 'policy.create', policy.id, {
        account: policy.accountId,
        name: policy.name,
      });
      const sealed = await sealPolicy(sealer, policy);
      const outcome = await store.createPolicy(sealed, accessOf(principal, atMs), event);
      if (outcome === 'created') return policy;
      if (outcome === 'caller-bounded') throw callerBounded();
      throw new SignetError('account-not-found', 'There is no account with this id.', {
        field: 'accountId',
      });
    },

    find,

    async list(principal, accountId, page) {
      const { items, nextAfterId } = await readPage(
        page,
        (rows) => store.listPolicies(accountId, rows, accessOf(principal, clock())),
        ({ id }) => id,
      );
      const opened = await Promise.all(items.map((sealed) => openPolicy(sealer, sealed)));
      return { items: opened, nextAfterId };
    },

    async update(principal, id, { name, rules }, request) {
      await requireUnbounded(secrets, principal);
      if (name !== undefined) checkName(name);
      const parsed = rules === undefined ? undefined : parsePolicyRules(rules);
      for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt++) {
        const former = await find(principal, id);
        const atMs = clock();
        const policy: Policy = {
          ...former,
          name: name ?? former.name,
          rules: parsed ?? former.rules,
          revision: former.revision + 1,
          updatedAtMs: atMs,
        };
        const event = describeAct({ principal, atMs, request }, 'policy.update', id, {
          revision: policy.revision,
          ...(name === undefined ? {} : { name }),
          ...(parsed === undefined ? {} : { rules: listChanged(former.rules, parsed).join(' ') }),
        });
        const sealed = await sealPolicy(sealer, policy);
        const outcome = await store.updatePolicy(sealed, accessOf(principal, atMs), event);
        if (outcome === 'updated') return policy;
        if (outcome === 'caller-bounded') throw callerBounded();
        if (outcome === 'not-found') throw policyNotFound();
      }
      throw new SignetError('in-use', 'The policy is being changed by others. Try again.');
    },

    async remove(principal, id, request) {
      await requireUnbounded(secrets, principal);
      const atMs = clock();
      if (id === configuredPolicyId) throw referredTo();
      const event = describeAct({ principal, atMs, request }, 'policy.delete', id);
      const outcome = await store.deletePolicy(id, accessOf(principal, atMs), event);
      if (outcome === 'not-found') throw policyNotFound();
      if (outcome === 'in-use') throw referredTo();
      if (outcome === 'caller-bounded') throw callerBounded();
    },

    async evaluate(principal, id, facts) {
      const policy = await find(principal, id);
      const acme = facts.names.flatMap(({ kind, value }): Evaluation['acme'] => {
        if (kind !== 'dns' && kind !== 'ip') return [];
        const proof = judgeIdentifier(policy.rules, { type: kind, value });
        return typeof proof === 'string' ? [{ type: kind, value, proof }] : [];
      });
      return { policy, findings: judge(policy.rules, facts), acme };
    },
  };
}

/** The names of the rules that differ. */
function listChanged(from: PolicyRules, to: PolicyRules): string[] {
  const former = new Map<string, unknown>(Object.entries(from));
  return Object.entries(to)
    .filter(([rule, value]) => JSON.stringify(value) !== JSON.stringify(former.get(rule)))
    .map(([rule]) => rule);
}

export function policyNotFound(): SignetError {
  return new SignetError('policy-not-found', 'There is no policy with this id.');
}

function referredTo(): SignetError {
  return new SignetError(
    'in-use',
    'An access key, an EAB key, an account, an authority or OPENSSL_CA_POLICY refers to the policy. Change that first.',
  );
}
