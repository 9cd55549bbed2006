import { LETTERS_AND_DIGITS, type RandomBytes, randomText } from '../../access/random-text.ts';
import type { Authority } from '../../authorities/authority.ts';
import { SignetError } from '../../errors.ts';
import { readChainLimits } from '../../issuance/chain-limits.ts';
import type { Profile } from '../../issuance/profiles.ts';
import type { Bounds, OpenBounds } from '../../policy/bounds.ts';
import { PolicyChanged } from '../../policy/policy-changed.ts';
import { principalOf } from '../account.ts';
import { AcmeError } from '../acme-error.ts';
import type { AccountCall } from '../call.ts';
import { ACME_LIMITS, HOUR_SECONDS, ORDER_LIFETIME_SECONDS } from '../limits.ts';
import { parseCertificateId } from '../renewal.ts';
import { parseIdentifiers, refuseIdentifiers, splitWildcard } from './identifiers.ts';
import { judgeIdentifiers, withBounds } from './judge-identifiers.ts';
import type { Authorization, OrderState } from './order.ts';
import { chooseProfile, findMaxValidity } from './order-profile.ts';
import type { AcmeOrderStore, Creation, OrderCursor, Replaced } from './order-store.ts';
import { checkValidity, parseValidity } from './order-validity.ts';

/** The payload of newOrder. Fields of clients are not trusted to have the right type. */
export interface OrderWish {
  readonly identifiers: unknown;
  readonly notBefore: unknown;
  readonly notAfter: unknown;
  readonly profile: unknown;
  readonly replaces: unknown;
}

export interface OrderPage {
  readonly ids: readonly string[];
  /** Null on the last page. */
  readonly next: OrderCursor | null;
}

/** An order of another account is as absent as one that does not exist. */
export interface AcmeOrders {
  /**
   * Creates an order. It is ready if the policy pre-authorizes every identifier.
   * @throws AcmeError rejected-identifier, unsupported-identifier, invalid-profile, already-replaced,
   *   rate-limited; SignetError malformed-request, invalid-parameter
   */
  create(call: AccountCall, wish: OrderWish, authority: Authority): Promise<OrderState>;
  /** @throws SignetError not-found */
  find(call: AccountCall, orderId: string): Promise<OrderState>;
  /** Lists the orders that are not invalid. */
  list(call: AccountCall, after: OrderCursor | null): Promise<OrderPage>;
}

export interface OrderDependencies {
  readonly store: AcmeOrderStore;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly openBounds: OpenBounds;
  readonly randomBytes: RandomBytes;
  /** Returns the generation of the authority that has this key, or null. */
  findGeneration(authority: Authority, keyIdentifier: Uint8Array): Promise<Authority | null>;
}

const ID_CHARACTERS = 20;
/** 256 bits; RFC 8555 section 8.3 asks for 128. */
const TOKEN_BYTES = 32;

export function createAcmeOrders(dependencies: OrderDependencies): AcmeOrders {
  const { store, profiles, openBounds, randomBytes, findGeneration } = dependencies;
  const makeId = () => randomText(randomBytes, LETTERS_AND_DIGITS, ID_CHARACTERS);
  const makeToken = () =>
    randomBytes(TOKEN_BYTES).toBase64({ alphabet: 'base64url', omitPadding: true });

  function makeOrder(
    call: AccountCall,
    wish: OrderWish,
    authority: Authority,
    bounds: Bounds,
  ): OrderState {
    const { nowSeconds, account } = call;
    const identifiers = parseIdentifiers(wish.identifiers);
    const askedValidity = parseValidity(wish.notBefore, wish.notAfter);
    const askedProfile = readText(wish.profile, 'profile');
    const profile = chooseProfile(authority.profiles ?? profiles, askedProfile, bounds.policies);
    const maxValidity = findMaxValidity(bounds.policies);
    const { notAfterSeconds: latest } = readChainLimits(authority.issuers);
    checkValidity(askedValidity, profile, maxValidity, latest, nowSeconds);
    const proofs = judgeIdentifiers(bounds, identifiers);
    const order = {
      id: makeId(),
      accountId: account.id,
      recorded: 'pending' as const,
      identifiers,
      profile: profile.name,
      namesProfile: askedProfile !== null,
      ...askedValidity,
      replaces: readText(wish.replaces, 'replaces'),
      csrDer: null,
      error: null,
      createdAtSeconds: nowSeconds,
      expiresAtSeconds: nowSeconds + ORDER_LIFETIME_SECONDS,
    };
    const authorizations = identifiers.map(
      (asked, index): Authorization => ({
        id: makeId(),
        orderId: order.id,
        accountId: account.id,
        ...splitWildcard(asked),
        recorded: proofs[index] === 'pre-authorized' ? 'valid' : 'pending',
        preAuthorized: proofs[index] === 'pre-authorized',
        token: makeToken(),
        challengeType: null,
        attempts: 0,
        validatedAtSeconds: null,
        proof: null,
        problem: null,
        expiresAtSeconds: order.expiresAtSeconds,
      }),
    );
    return { order, authorizations };
  }

  async function findReplaced(authority: Authority, id: string | null): Promise<Replaced | null> {
    if (id === null) return null;
    const { keyIdentifier, serialHex } = parseCertificateId(id);
    const generation = await findGeneration(authority, keyIdentifier);
    if (generation === null) throw notReplaceable();
    return { id, serialHex, authorityId: generation.generationId };
  }

  return {
    async create(call, wish, authority) {
      const replaced = await findReplaced(authority, readText(wish.replaces, 'replaces'));
      return withBounds(openBounds, principalOf(call.account), authority, async (bounds) => {
        const state = makeOrder(call, wish, authority, bounds);
        const { outcome, names } = await store.create(call, state, replaced, bounds);
        if (outcome === 'created') return state;
        throw explainRefusal(outcome, state, names);
      });
    },

    async find(call, orderId) {
      const state = await store.find(call, orderId);
      if (state === null) throw orderNotFound();
      return state;
    },

    async list(call, after) {
      const found = await store.list(call, after, ACME_LIMITS.ordersPerPage + 1);
      const page = found.slice(0, ACME_LIMITS.ordersPerPage);
      const next = found.length > page.length ? (page.at(-1) ?? null) : null;
      return { ids: page.map(({ id }) => id), next };
    },
  };
}

function explainRefusal(
  outcome: Exclude<Creation, 'created'>,
  state: OrderState,
  names: readonly string[],
): SignetError {
  switch (outcome) {
    case 'policy-changed':
      return new PolicyChanged();
    case 'too-many-orders':
      return new AcmeError(
        'rate-limited',
        `The account has ${ACME_LIMITS.openOrdersPerAccount} open orders. Finish some, or wait until they expire.`,
        { retryAfterSeconds: HOUR_SECONDS },
      );
    case 'too-many-failures':
      return tooManyFailures(state, names);
    case 'already-replaced':
      return new AcmeError(
        'already-replaced',
        'The certificate that the order replaces has been replaced already. Order without it.',
        { field: 'replaces' },
      );
    case 'not-replaceable':
      return notReplaceable();
  }
}

/** Clients send null for a field that they do not use. */
function readText(value: unknown, field: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw new SignetError('malformed-request', `'${field}' must be a string.`, { field });
}

function tooManyFailures(
  { order: { identifiers } }: OrderState,
  names: readonly string[],
): AcmeError {
  const failing = identifiers.filter((each) =>
    names.includes(splitWildcard(each).identifier.value),
  );
  const refusal = refuseIdentifiers(
    failing.map((identifier) => ({
      code: 'rate-limited',
      message: `Too many validations of '${identifier.value}' have failed within an hour. Wait, and correct what the errors said.`,
      identifier,
    })),
  );
  return new AcmeError('rate-limited', refusal.message, {
    field: 'identifiers',
    problems: refusal.problems,
    retryAfterSeconds: HOUR_SECONDS,
  });
}

function notReplaceable(): SignetError {
  return new SignetError(
    'malformed-request',
    'The certificate that the order replaces was not issued to this account for one of the same names, or has expired long ago. Order without it.',
    { field: 'replaces' },
  );
}

export function orderNotFound(): SignetError {
  return new SignetError('not-found', 'There is no such order, or it is not yours.');
}
