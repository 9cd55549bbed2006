import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHALLENGE_TYPES } from '../../../src/acme/challenges/challenge.ts';
import {
  type Authorization,
  deriveAuthorizationStatus,
  deriveChallengeStatus,
  deriveOrderStatus,
  listChallenges,
  type Order,
} from '../../../src/acme/orders/order.ts';

const NOW = 1000;

const ORDER: Order = {
  id: 'o',
  accountId: 'acme-a',
  recorded: 'pending',
  identifiers: [],
  profile: 'tls-server',
  namesProfile: false,
  notBeforeSeconds: null,
  notAfterSeconds: null,
  replaces: null,
  csrDer: null,
  error: null,
  createdAtSeconds: 0,
  expiresAtSeconds: NOW + 1,
};

const AUTHORIZATION: Authorization = {
  id: 'a',
  orderId: 'o',
  accountId: 'acme-a',
  identifier: { type: 'dns', value: 'a.test' },
  wildcard: false,
  recorded: 'pending',
  preAuthorized: false,
  token: 't',
  challengeType: null,
  attempts: 0,
  validatedAtSeconds: null,
  proof: null,
  problem: null,
  expiresAtSeconds: NOW + 1,
};

const RECORDED = ['pending', 'valid', 'invalid', 'deactivated'] as const;

function derive(recorded: readonly Authorization['recorded'][], changes: Partial<Order> = {}) {
  const authorizations = recorded.map((each) => ({ ...AUTHORIZATION, recorded: each }));
  return deriveOrderStatus({ order: { ...ORDER, ...changes }, authorizations }, NOW);
}

describe('the status of an order', () => {
  it.each([
    [['valid'], 'ready'],
    [['valid', 'valid'], 'ready'],
    [['valid', 'pending'], 'pending'],
    [['pending'], 'pending'],
    [['valid', 'invalid'], 'invalid'],
    [['pending', 'deactivated'], 'invalid'],
    [['invalid', 'pending'], 'invalid'],
  ] as const)('follows from authorizations that are %o: %s', (recorded, status) => {
    expect(derive(recorded)).toBe(status);
  });

  it('is ready only if every authorization is valid and nothing has expired', () => {
    const time = fc.integer({ min: NOW - 2, max: NOW + 2 });
    const authorization = fc.record({ recorded: fc.constantFrom(...RECORDED), expires: time });
    fc.assert(
      fc.property(fc.array(authorization, { minLength: 1, maxLength: 4 }), time, (all, expires) => {
        const authorizations = all.map((each) => ({
          ...AUTHORIZATION,
          recorded: each.recorded,
          expiresAtSeconds: each.expires,
        }));
        const order = { ...ORDER, expiresAtSeconds: expires };
        const isReady =
          expires > NOW && all.every((each) => each.recorded === 'valid' && each.expires > NOW);
        const status = deriveOrderStatus({ order, authorizations }, NOW);
        expect(status === 'ready').toBe(isReady);
        expect(['pending', 'ready', 'invalid']).toContain(status);
      }),
    );
  });

  it.each(['processing', 'valid', 'invalid'] as const)(
    'stays %s, whatever becomes of its authorizations',
    (recorded) => {
      for (const each of RECORDED) {
        expect(derive([each], { recorded, expiresAtSeconds: 0 })).toBe(recorded);
      }
      expect(derive([], { recorded })).toBe(recorded);
    },
  );

  it('is invalid if an identifier has no authorization', () => {
    const identifiers = ['a.test', 'b.test'].map((value) => ({ type: 'dns', value }) as const);
    expect(derive(['valid', 'valid'], { identifiers })).toBe('ready');
    expect(derive(['valid'], { identifiers })).toBe('invalid');
  });

  it('is invalid once it has expired, also after its authorizations were deleted', () => {
    expect(derive(['valid'], { expiresAtSeconds: NOW })).toBe('invalid');
    expect(derive([], { expiresAtSeconds: NOW })).toBe('invalid');
  });
});

describe('the status of an authorization', () => {
  it.each([
    ['pending', 'expired'],
    ['valid', 'expired'],
    ['invalid', 'invalid'],
    ['deactivated', 'deactivated'],
  ] as const)('%s becomes %s at its expiry', (recorded, status) => {
    expect(deriveAuthorizationStatus({ recorded, expiresAtSeconds: NOW + 1 }, NOW)).toBe(recorded);
    expect(deriveAuthorizationStatus({ recorded, expiresAtSeconds: NOW }, NOW)).toBe(status);
  });
});

describe('challenges', () => {
  it.each([
    [{}, 'pending', ['http-01', 'dns-01', 'tls-alpn-01']],
    [{ challengeType: 'dns-01' }, 'processing', ['http-01', 'dns-01', 'tls-alpn-01']],
    [{ recorded: 'valid', challengeType: 'dns-01', validatedAtSeconds: 1 }, 'valid', ['dns-01']],
    [{ recorded: 'invalid', challengeType: 'dns-01' }, 'invalid', ['dns-01']],
    [{ recorded: 'deactivated' }, 'pending', ['http-01', 'dns-01', 'tls-alpn-01']],
    [
      { recorded: 'deactivated', challengeType: 'dns-01', validatedAtSeconds: 1 },
      'valid',
      ['http-01', 'dns-01', 'tls-alpn-01'],
    ],
    [{ recorded: 'valid', preAuthorized: true }, 'valid', ['http-01', 'dns-01', 'tls-alpn-01']],
    [{ wildcard: true }, 'pending', ['dns-01']],
  ] as const)('of %o: dns-01 is %s, and shown are %o', (changes, status, shown) => {
    const authorization = { ...AUTHORIZATION, ...changes };
    expect(deriveChallengeStatus(authorization, 'dns-01')).toBe(status);
    expect(listChallenges(authorization)).toEqual(shown);
  });

  it('that were not chosen are pending', () => {
    const authorization = { ...AUTHORIZATION, challengeType: 'dns-01' } as const;
    const others = CHALLENGE_TYPES.filter((type) => type !== 'dns-01');
    expect(others.map((type) => deriveChallengeStatus(authorization, type))).toEqual([
      'pending',
      'pending',
    ]);
  });
});
